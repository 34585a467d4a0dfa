"""The Label Studio project of a tasks file."""
from lopm.curation.studio.config import check_words, labelling_config, words_in

MOST_RATERS = 10  # a photograph stays in everybody's queue until so many have submitted it


def create(studio, title, tasks):
    """The project of that title, made or brought up to date; returns its number and what became of it.

    Raises:
        ValueError: Several projects bear the title, or somebody has used a word that the tasks lack.
    """
    if len(title) < 3:
        raise ValueError(f'the title {title!r} is too short for Label Studio; give three characters or more')
    config = labelling_config(tasks)
    same = [each for each in studio.projects() if each['title'] == title]
    if len(same) > 1:
        raise ValueError(f'{studio.url} has {len(same)} projects of the title {title!r}; give another title')
    if not same:
        content = {'title': title, 'label_config': config, 'show_collab_predictions': True,
                   'maximum_annotations': MOST_RATERS}
        return studio.post('/api/projects/', content)['id'], 'created'
    if same[0]['label_config'] == config:
        return same[0]['id'], 'there, and up to date'
    _refuse_to_lose(studio, same[0], config)
    studio.patch(f'/api/projects/{same[0]["id"]}/', {'label_config': config})
    return same[0]['id'], 'there; its questions are brought up to date'


def find(studio, number, tasks):
    """Check that the project is there and asks in the words of the tasks."""
    project = studio.project(number)
    check_words(project['label_config'], tasks, f'project {number} ({project["title"]}) of {studio.url}')


def _refuse_to_lose(studio, project, config):
    """Label Studio itself lets go of choices that were given as answers."""
    summary, words = studio.get(f'/api/projects/{project["id"]}/summary/'), words_in(config)
    lost = {f'{name}: {word}' for key in ('created_labels', 'created_labels_drafts')
            for name, used in summary[key].items() for word in used if word not in words.get(name, [])}
    if lost:
        raise ValueError(f'project {project["id"]} ({project["title"]}): people have said what the tasks no longer '
                         f'have ({", ".join(sorted(lost))}); keep the words, or give another title for a new project')
