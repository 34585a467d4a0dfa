"""What a page says of a patient, by a card that holds how well that works, and without one."""
from types import SimpleNamespace

import pytest

from lopm.report.language import NO_BREAK, Language
from lopm.report.person import person_facts
from lopm.screening.screened import Person
from lopm.tasks import build_tasks

TASKS = build_tasks([
    dict(name='proliferative', kind='binary', level='patient'), dict(name='sites', kind='multilabel', level='patient',
                                                                     classes=['tongue', 'floor']),
    dict(name='visits', kind='number', level='patient', low=0, high=9, unit='a year'),
    dict(name='transformation', kind='time', level='patient', cuts=[1, 2.5, 5], horizons=[1, 5])])
SCORE = dict(task='transformation', score='concordance', value=.71, low=.55, high=float('nan'), patients=31)
CARD = dict(labels={'proliferative': {'labels': 140.}, 'sites': {'labels': 1.}, 'visits': {'labels': 3.},
                    'transformation': {'labels': 131., 'event': 34., 'censored': 97.}},
            scores=[dict(task='proliferative', score='auroc', value=.9), SCORE])


def facts(card=None, language='en', **abstains):
    person = Person({'proliferative': {'yes': .62}, 'sites': {}},
                    {'visits': dict(value=2., low=1., high=4., unit='a year')},
                    {'transformation': {'by_1': .002, 'by_2.5': .05, 'by_5': .125}}, abstains)
    pack = card and SimpleNamespace(content=SimpleNamespace(card=card))
    return person_facts(person, SimpleNamespace(tasks=TASKS, pack=pack), Language(language))


def plain(text):
    return text.replace(NO_BREAK, ' ')


def test_words_and_numbers_stand_with_how_many_they_were_learned_from():
    assert [tuple(map(plain, line)) for line in facts(CARD)['lines']] == [
        ('proliferative, verrucous', 'yes 62 %', '140 patients'), ('sites', 'none of the words', '1 patient'),
        ('visits', '2 a year (1 – 4)', '3 patients')]
    assert [line[2] for line in facts()['lines']] == ['not known'] * 3
    assert facts(proliferative='the photograph is flagged')['lines'][0][1] == (
        'The model abstains: the photograph is flagged.')


def test_a_time_has_its_horizons_and_a_curve_over_all_cuts():
    (time,) = facts()['times']
    assert [(year, plain(p)) for year, p in time['risks']] == [('1', '< 1 %'), ('5', '12 %')]
    assert time['curve'].count('<circle') == 3 and '>2.5</text>' in time['curve']
    assert 'points="34.0,82.0 72.8,81.9' in time['curve']  # from 0 in the beginning, on a scale up to 100 %


def test_the_card_says_how_many_had_it_and_how_well_they_were_told():
    remarks = [plain(each) for each in facts(CARD)['times'][0]['remarks']]
    assert 'Of one person that says nothing certain' in remarks[0]
    assert remarks[1] == 'Learned from 131 patients; the event came in 34 of them while they were followed.'
    assert 'in 71 % of cases (95 % interval: 55 % – –; 31 patients)' in remarks[2]
    assert 'was not measured' in facts({**CARD, 'scores': [{**SCORE, 'task': 'other'}]})['times'][0]['remarks'][2]


@pytest.mark.parametrize('language, said', [('en', 'is not known here: a pack says it'), ('fr', 'un pack le dit')])
def test_without_a_card_that_is_not_known(language, said):
    assert len(facts(language=language)['times'][0]['remarks']) == 2
    assert said in facts(language=language)['times'][0]['remarks'][1]
