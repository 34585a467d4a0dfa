"""The Label Studio project of a tasks file."""
from lopm.base.studio_config import check_words, labelling_config


def create(studio, title, tasks):
    """The project of that title, made or brought up to date; returns its number and what became of it.

    Several people may outline one photograph.

    Raises:
        ValueError: Several projects bear the title, or what is annotated already uses words that the tasks lack.
    """
    if len(title) < 3:
        raise ValueError(f'the title {title!r} is too short for Label Studio; give three characters or more')
    config = labelling_config(tasks)
    same = [each for each in studio.projects() if each['title'] == title]
    if len(same) > 1:
        raise ValueError(f'{studio.url} has {len(same)} projects of the title {title!r}; give another title')
    if not same:
        content = {'title': title, 'label_config': config, 'show_collab_predictions': True,
                   'maximum_annotations': 10}
        return studio.post('/api/projects/', content)['id'], 'created'
    if same[0]['label_config'] == config:
        return same[0]['id'], 'there, and up to date'
    studio.patch(f'/api/projects/{same[0]["id"]}/', {'label_config': config})
    return same[0]['id'], 'there; its questions are brought up to date'


def find(studio, number, tasks):
    """Check that the project is there and asks in the words of the tasks."""
    project = studio.project(number)
    check_words(project['label_config'], tasks, f'project {number} ({project["title"]}) of {studio.url}')
