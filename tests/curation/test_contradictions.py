"""What a label says, and when two of them contradict each other."""
from types import SimpleNamespace

import pytest

from lopm.curation.doctor.check_labels import class_counts, compare_words
from lopm.curation.doctor.rules import Rule
from lopm.curation.doctor.words import said, said_of
from lopm.tasks import build_tasks

TASKS = build_tasks([dict(name='color', kind='multilabel', classes=['white', 'red']),
                     dict(name='homogeneity', kind='ordinal', classes=['homogeneous', 'not']),
                     dict(name='diagnosis', kind='multiclass', classes=['leukoplakia', 'erythroplakia', 'lichen'])])
SPECKLED = Rule('speckled', said=dict(homogeneity='homogeneous', color=['white', 'red']))
NOT_WHITE = Rule('not white', said=dict(homogeneity=...), absent=dict(color='white'))
LEUKOPLAKIA = Rule('is white', said=dict(diagnosis='leukoplakia'), absent=dict(color='white'))


def labels(**attributes):
    return said_of({'attributes': attributes})


@pytest.mark.parametrize('value, words, sure, complete', [
    ('white', {'white'}, {'white'}, True), (['white', 'red'], {'white', 'red'}, {'white', 'red'}, True),
    ([], set(), set(), True), (True, {'yes'}, {'yes'}, True),
    ({'any_of': ['a', 'b']}, {'a', 'b'}, set(), True), ({'any_of': ['a']}, {'a'}, {'a'}, True),
    ({'all_of': ['a', 'b']}, {'a', 'b'}, {'a', 'b'}, True),
    ({'all_of': ['a'], 'partial': True}, {'a'}, {'a'}, False)])
def test_what_a_label_says(value, words, sure, complete):
    result = said(value)
    assert (result.words, result.sure, result.complete) == (words, sure, complete)


def test_what_was_not_rated_says_nothing():
    assert said(None) is None and labels(color='not_assessable', homogeneity=None) == {}


@pytest.mark.parametrize('rule, attributes, broken', [
    (SPECKLED, dict(color=['red', 'white'], homogeneity='homogeneous'), True),
    (SPECKLED, dict(color=['white'], homogeneity='homogeneous'), False),
    (SPECKLED, dict(color=['red', 'white'], homogeneity='not'), False),
    (SPECKLED, dict(color=['red', 'white']), False),
    (NOT_WHITE, dict(color=['red'], homogeneity='not'), True),
    (NOT_WHITE, dict(color=[], homogeneity='not'), True),
    (NOT_WHITE, dict(color={'all_of': ['red'], 'partial': True}, homogeneity='not'), False),  # it may be white, too
    (NOT_WHITE, dict(color='not_assessable', homogeneity='not'), False),
    (NOT_WHITE, dict(homogeneity='not'), False),
    (LEUKOPLAKIA, dict(color=['red'], diagnosis='leukoplakia'), True),
    (LEUKOPLAKIA, dict(color=['red'], diagnosis={'any_of': ['leukoplakia', 'erythroplakia']}), False)])
def test_a_rule_is_broken_by_what_was_surely_said(rule, attributes, broken):
    assert bool(rule.is_broken_by(labels(**attributes))) is broken


def test_a_rule_about_other_words_does_not_apply():
    assert SPECKLED.applies_to(TASKS)
    assert not Rule('x', said=dict(color='blue')).applies_to(TASKS)
    assert not Rule('x', said=dict(texture=...)).applies_to(TASKS)


def test_raters_disagree_where_they_have_no_word_in_common():
    one = {'attributes': dict(color=['white'], homogeneity='not', diagnosis={'any_of': ['leukoplakia', 'lichen']})}
    other = {'attributes': dict(color=['red'], homogeneity='not', diagnosis='lichen', site='lip')}
    assert compare_words(one, other) == (['color', 'diagnosis', 'homogeneity'], ['color'])
    assert compare_words({'attributes': {'color': []}}, {'attributes': {'color': []}}) == (['color'], [])


def test_a_lesion_counts_once_for_every_class_that_a_rater_named():
    rows = [{'id': 1, 'lesion_id': 'L', 'attributes': {'diagnosis': {'any_of': ['leukoplakia', 'lichen']}}},
            {'id': 2, 'lesion_id': 'L', 'attributes': {'diagnosis': 'lichen'}}]
    photograph = SimpleNamespace(part='train', name='a.jpg', image={}, rated=lambda: rows)
    base = SimpleNamespace(tasks=TASKS, parts={'train': {}, 'test': {}}, photographs=[photograph])
    assert class_counts(base)['diagnosis'] == {'leukoplakia': {'train': 1, 'test': 0},
                                               'erythroplakia': {'train': 0, 'test': 0},
                                               'lichen': {'train': 1, 'test': 0}}
