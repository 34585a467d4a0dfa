"""What a session comes to, by cases made by hand."""
import json
from types import SimpleNamespace

import numpy as np
import pytest

from lopm.case import Case, Lesion
from lopm.findings import findings_of
from lopm.screening.screen import person_of, screen, weigh
from lopm.screening.sittings import Sitting
from lopm.screening.views import View, read_protocol
from lopm.session import Session, Together
from lopm.tasks import build_tasks

WORDS = dict(a='none', b='routine', c='urgent')
TASKS = build_tasks([
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='site', kind='multilabel', classes=['cheek', 'floor']),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c']),
    dict(name='distribution', kind='multiclass', level='visit', classes=['free', 'one', 'many']),
    dict(name='referral', kind='ordinal', level='visit', classes=['none', 'routine', 'urgent'],
         by_table=dict(of='diagnosis', words=WORDS))])
PLAIN = build_tasks([{'name': 'diagnosis', 'kind': 'multiclass', 'classes': ['a', 'b', 'c']}])
POINT = SimpleNamespace(task='referral', word='urgent', above=False, threshold=.3)


def lesion(diagnosis, color=(.9, .1), site=(.1, .1), tasks=TASKS):
    rows = dict(color=np.array(color), site=np.array(site), diagnosis=np.array(diagnosis))
    return Lesion(**vars(findings_of({name: rows[name] for name in tasks.of('lesion')}, tasks.of('lesion'))))


def together(referral=(.6, .4), by_table=None, tasks=TASKS):
    rows = dict(referral=np.array(referral), distribution=np.array([.1, .2, .7]))
    said = findings_of({name: rows[name] for name in tasks.of('visit')}, tasks.of('visit'))
    return Together(**vars(said), by_table={'referral': by_table or {'none': .1, 'routine': .2, 'urgent': .7}})


def screened(cases, views, visit=None, tasks=TASKS, point=None):
    sitting = Sitting('P1', '2026-03-14', {case.name: case.name for case in cases}, {})
    named = {case.name: View(view, 'name' if view else '') for case, view in zip(cases, views)}
    session = Session(cases, {'': visit or together(tasks=tasks)}, Together())
    return screen(sitting, session, named, read_protocol(), tasks, 'diagnosis', point)


@pytest.fixture
def found():
    """A lip with two lesions, of which one says where it is; a cheek with one, before the lip in the protocol; a dark
    one with one; one that cannot be read."""
    cases = [Case('lip', lesions=[lesion([.7, .2, .1]), lesion([.2, .2, .6], (.9, .8), (.9, .2))]),
             Case('cheek', lesions=[lesion([.1, .8, .1])]), Case('bad', bad='/x: no image'),
             Case('dark', lesions=[lesion([0, 0, 1])], flags={'dark': .01, 'no lesion': .01})]
    return screened(cases, ['upper_lip', 'left_buccal', 'left_buccal', 'right_buccal'], point=POINT)


def test_views_are_shown_unusable_or_missing(found):
    assert found.views['upper_lip'] == found.views['left_buccal'] == 'shown'
    assert found.views['right_buccal'] == 'unusable' and found.views['upper_arch'] == 'missing'
    assert found.again == ['dorsal_tongue', 'ventral_tongue', 'right_buccal', 'lower_lip', 'upper_arch', 'lower_arch']
    assert {photo.name: photo.unusable for photo in found.photographs} == {
        'lip': [], 'cheek': [], 'bad': ['cannot be read'], 'dark': ['dark']}


def test_lesions_are_of_their_site_else_of_their_view_in_the_order_of_the_views(found):
    assert [(spot.number, spot.photograph, spot.site, spot.site_by) for spot in found.lesions] == [
        (1, 'cheek', ['left_buccal'], 'view'), (2, 'lip', ['upper_lip'], 'view'), (3, 'lip', ['cheek'], 'model')]
    assert found.sites == {'left_buccal': [1], 'upper_lip': [2], 'cheek': [3]}
    assert found.lesions[2].diagnosis == {'c': .6} and found.lesions[2].features == {'color': ['white', 'red']}


def test_a_lesion_of_a_photograph_that_is_unusable_counts_nowhere(found):
    assert all(spot.photograph != 'dark' for spot in found.lesions)
    assert {photo.name: photo.lesions for photo in found.photographs}['dark'] == 0


def test_a_site_that_nobody_knows_stands_as_such():
    found = screened([Case('x', lesions=[lesion([1, 0, 0])])], [''])
    assert found.sites == {'': [1]} and found.lesions[0].site_by == '' and len(found.again) == 8


def test_the_lesion_that_weighs_most_by_the_table_is_the_reason(found):
    assert (found.reason, found.reason_by) == (3, 'table')
    assert found.lesions[2].grades == pytest.approx({'none': .2, 'routine': .2, 'urgent': .6})
    assert weigh(found.lesions, 'routine') == (1, 'table')  # .8 + .1 of the cheek, of the lip .2 + .6


def test_without_a_table_it_is_the_surest_diagnosis():
    found = screened([Case('x', lesions=[lesion([.5, .3, .2], tasks=PLAIN), lesion([.1, .8, .1], tasks=PLAIN)])],
                     ['upper_lip'], Together(), PLAIN)
    assert (found.reason, found.reason_by, found.referral, found.decision) == (2, 'diagnosis', None, None)
    assert weigh([], None) == (None, '')


@pytest.mark.parametrize('referral, refer', [((.6, .4), True), ((.6, .3), True), ((.6, .29), False)])
def test_the_decision_compares_the_score_with_the_threshold(referral, refer):
    found = screened([Case('x')], ['upper_lip'], together(referral), point=POINT)
    assert found.decision.refer is refer and found.decision.score == pytest.approx(referral[1])


def test_the_score_is_the_networks_own_whatever_a_pack_makes_of_it():
    """The threshold was chosen on predictions that no pack has scaled."""
    visit = together((.6, .4))
    visit.probabilities['referral'] = {'none': .9, 'routine': .08, 'urgent': .02}
    assert screened([Case('x')], ['upper_lip'], visit, point=POINT).decision.score == pytest.approx(.4)


def test_where_visit_and_table_differ_the_more_urgent_one_is_named():
    low, high = {'none': .8, 'routine': .1, 'urgent': .1}, {'none': .1, 'routine': .1, 'urgent': .8}
    for direct, table, word, differ in (((.9, .8), low, 'urgent', True), ((.2, .1), high, 'urgent', True),
                                        ((.2, .1), low, 'none', False)):
        said = screened([Case('x', lesions=[lesion([.7, .2, .1])])], ['upper_lip'], together(direct, table)).referral
        assert (said.more_urgent, said.differ) == (word, differ)


def test_of_no_lesion_the_table_says_nothing():
    found = screened([Case('x')], ['upper_lip'], together((.9, .8), {'none': 1., 'routine': 0., 'urgent': 0.}))
    assert found.referral.by_table == {} and not found.referral.differ and found.referral.more_urgent == 'urgent'


def test_what_is_said_of_the_patient_is_kept_and_nothing_where_nothing_is():
    tasks = build_tasks([dict(name='spreading', kind='binary', level='patient'),
                         dict(name='relapse', kind='time', level='patient', cuts=[1, 5])])
    said = Together(**vars(findings_of({'spreading': np.array([.8]), 'relapse': np.array([4, .3, .1, .3])}, tasks)))
    person = person_of(said)
    assert person.words == {'spreading': {'yes': .8}} and person.times == {'relapse': {'by_1': .1, 'by_5': .3}}
    assert person_of(Together()) is None


def test_it_goes_to_json(found):
    kept = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert kept['session'] == 'P1_2026-03-14' and kept['referral']['table_word'] == 'urgent'
    assert kept['again'] == found.again and kept['distribution'] == {'many': .7}
    assert kept['decision'] == {'word': 'urgent', 'above': False, 'score': pytest.approx(.4), 'threshold': .3,
                                'refer': True}
