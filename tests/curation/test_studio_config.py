"""The labelling configuration says what the tasks say, and nothing else."""
from xml.etree import ElementTree

import pytest

from lopm.curation.studio.config import check_words, labelling_config, on_not_asked, words_in
from lopm.tasks import build_tasks

TASKS = [dict(name='lesion', kind='mask', level='image'),
         dict(name='teeth', kind='mask', level='image'),
         dict(name='color', kind='multilabel', classes=['white', 'red & "bright" <b>']),
         dict(name='substance', kind='multilabel', classes=['none', 'ulcer']),
         dict(name='homogeneity', kind='ordinal', classes=['even', 'uneven'], valid_if=dict(color='white')),
         dict(name='wipeable', kind='binary'),
         dict(name='diagnosis', kind='multiclass', classes=['a', 'b']),
         dict(name='quality', kind='ordinal', level='image', classes=['good', 'poor'])]


def config(tasks=TASKS):
    return labelling_config(build_tasks(tasks))


def headers(xml):
    return [tag.get('value') for tag in ElementTree.fromstring(xml).iter('Header')]


def test_exactly_the_words_of_the_tasks():
    assert words_in(config()) == {
        'outline': ['lesion', 'teeth'], 'brush': ['lesion', 'teeth'],
        'color': ['white', 'red & "bright" <b>', 'none', 'not_assessable'],
        'substance': ['none', 'ulcer', 'not_assessable'], 'homogeneity': ['even', 'uneven', 'not_assessable'],
        'wipeable': ['no', 'yes', 'not_assessable'], 'diagnosis': ['a', 'b', 'not_assessable'],
        'quality': ['good', 'poor', 'not_assessable']}


def test_several_answers_and_levels_by_the_task():
    choices = {tag.get('name'): tag for tag in ElementTree.fromstring(config()).iter('Choices')}
    assert {name for name, tag in choices.items() if tag.get('choice') == 'multiple'} == {'color', 'substance'}
    assert {name for name, tag in choices.items() if not tag.get('perRegion')} == {'quality'}


def test_a_question_of_a_visit_or_a_patient_says_so():
    tasks = [dict(name='extent', kind='multilabel', level='visit', classes=['a', 'b']),
             dict(name='age', kind='number', level='patient', low=0, high=120, unit='years')]
    assert headers(config([*TASKS, *tasks]))[-3:] == [
        'quality', 'extent (all that apply; of the visit: answer it on one of its photographs)',
        'age (years; of the patient: answer it on one photograph)']


def test_a_condition_hides_the_question():
    root = ElementTree.fromstring(config())
    parents = {child: parent for parent in root.iter() for child in parent}
    view = parents[next(tag for tag in root.iter('Choices') if tag.get('name') == 'homogeneity')]
    assert view.attrib == dict(visibleWhen='choice-selected', whenTagName='color', whenChoiceValue='white')
    assert parents[view].attrib == dict(visibleWhen='region-selected', whenLabelValue='lesion')


def test_what_is_not_asked_is_named_with_the_place_of_its_answers():
    tasks = [*TASKS, dict(name='malignant_change', kind='time', level='patient'), dict(name='healing', kind='time')]
    assert headers(config(tasks))[-1] == 'Not asked here: malignant change, healing'
    assert words_in(config(tasks)) == words_in(config())
    said = on_not_asked(build_tasks(tasks))
    assert said.startswith('Not asked: malignant_change, healing, since') and 'lopm convert masks' in said
    assert on_not_asked(build_tasks(TASKS)) == '' and 'Not asked' not in config()


def test_other_words_are_refused_by_name():
    check_words(config(), build_tasks(TASKS), 'here')
    other = [{**task, 'classes': ['a', 'c']} if task['name'] == 'diagnosis' else task for task in TASKS]
    with pytest.raises(ValueError, match=r'here asks .*diagnosis: lacks c; diagnosis: has b'):
        check_words(config(), build_tasks(other), 'here')
    with pytest.raises(ValueError, match='quality: has good, poor'):
        check_words(config(), build_tasks(TASKS[:-1]), 'here')
    with pytest.raises(ValueError, match='lacks lesion'):
        check_words('', build_tasks(TASKS), 'here')


def test_a_task_with_a_name_of_the_configuration_itself():
    with pytest.raises(ValueError, match='task outline: .* rename the task'):
        config([*TASKS, dict(name='outline', kind='binary')])
