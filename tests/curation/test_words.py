"""Vocabularies: what spelling may differ in, what signs mean, and that nothing is guessed."""
import pytest

from lopm.curation.source import SourceError, values_of
from lopm.curation.words import Scalar, UnknownWord, Vocabulary, fold

SPELLINGS = {'olk': ['Leukoplakia', 'Leukplakia'], 'olp': ['lichen plan', 'OLP/LP'], 'osf': [], 'olk / osf': ['either'],
             'not_assessable': ['caché']}
DIAGNOSIS = Vocabulary(['olk', 'olp', 'osf'], True, SPELLINGS)
SIDE = Vocabulary(['left', 'right'], False, {'left': ['gauche']})
SITE = Vocabulary(['buccal', 'tongue_ventral'], False, {'buccal': ['joue'], 'buccal + tongue_ventral': ['both']},
                  ('side', SIDE))


def value(vocabulary, *raws):
    return vocabulary.value(vocabulary.combine([meaning for raw in raws for _, meaning in vocabulary.parse(raw)]))


@pytest.mark.parametrize('one, other', [('Non-Homogène', 'non_homogene'), ('  a   b ', 'A b'), ('É', 'e')])
def test_spelling_may_differ(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize('raw, wanted', [
    ('leukoplakia', 'olk'), ('OLP/LP', 'olp'), ('OLK / OLP', {'any_of': ['olk', 'olp']}),
    ('olk + OSF', {'all_of': ['olk', 'osf']}), ('either', {'any_of': ['olk', 'osf']}),
    ('either / olp', {'any_of': ['olk', 'osf', 'olp']}), ('Caché', 'not_assessable'),
    ('Not assessable', 'not_assessable')])
def test_one_class_alternatives_and_coexisting(raw, wanted):
    assert value(DIAGNOSIS, raw) == wanted


@pytest.mark.parametrize('raw, wanted', [
    ('joue', ['buccal']), ('buccal, tongue ventral', ['buccal', 'tongue_ventral']),
    ('both', ['buccal', 'tongue_ventral']),
    ('buccal;buccal', ['buccal']), ('none', []), ('buccal + ?', {'all_of': ['buccal'], 'partial': True}),
    ('?', {'all_of': [], 'partial': True})])
def test_lists(raw, wanted):
    assert value(SITE, raw) == wanted


def test_several_words_of_one_lesion_are_there_together():
    assert value(SITE, 'buccal', 'tongue_ventral', 'buccal') == ['buccal', 'tongue_ventral']
    assert value(DIAGNOSIS, 'olk', 'olp') == {'all_of': ['olk', 'olp']}
    assert value(DIAGNOSIS, 'olk / olp', 'olk / olp') == {'any_of': ['olk', 'olp']}


def test_a_qualifier_may_stand_among_the_words():
    assert SITE.parse('Joue gauche') == [(None, (('buccal',),)), ('side', (('left',),))]
    assert SITE.parse('left tongue ventral')[0] == (None, (('tongue_ventral',),))


@pytest.mark.parametrize('vocabulary, raw', [
    (DIAGNOSIS, 'leukoplaki'), (DIAGNOSIS, 'olk?'), (DIAGNOSIS, 'olk + olp / osf'), (DIAGNOSIS, 'none'),
    (SITE, 'left nose'), (DIAGNOSIS, 'olk / nose')])
def test_nothing_is_guessed(vocabulary, raw):
    with pytest.raises(UnknownWord):
        vocabulary.parse(raw)


def test_the_nearest_known_spelling():
    assert DIAGNOSIS.nearest('leukoplaki') == 'leukoplakia' and DIAGNOSIS.nearest('xxxx') is None


@pytest.mark.parametrize('vocabulary, raws, words', [
    (DIAGNOSIS, ['either + olp'], 'alternatives of co-existing'),
    (SITE, ['buccal / tongue ventral'], 'no alternatives'),
    (DIAGNOSIS, ['olk', 'not_assessable'], 'beside another word')])
def test_what_the_json_cannot_say(vocabulary, raws, words):
    with pytest.raises(ValueError, match=words):
        value(vocabulary, *raws)


@pytest.mark.parametrize('spellings, words', [
    ({'olk': ['x'], 'olp': ['X']}, "'X' is a spelling of both 'olk' and 'olp'"),
    ({'olk': ['x'], 'ignore': ['x']}, "'x' is a spelling of both 'olk' and 'ignore'")])
def test_a_spelling_of_two_classes_is_refused(spellings, words):
    with pytest.raises(ValueError, match=words):
        Vocabulary(['olk', 'olp'], True, spellings)


def test_a_word_that_is_ignored_says_nothing():
    spots = Vocabulary(['white', 'red'], False, {'ignore': ['see letter', 'blue']})
    assert spots.parse('See letter') == [] and spots.parse('blue, see letter') == []
    assert value(spots, 'white + blue') == ['white']
    with pytest.raises(UnknownWord):
        spots.parse('white / blue')


def test_alternatives_do_not_multiply_without_end():
    vocabulary = Vocabulary([f'c{i}' for i in range(60)])
    with pytest.raises(UnknownWord):
        vocabulary.parse(', '.join(f'c{i} / c{i + 1}' for i in range(59)))


@pytest.mark.parametrize('kind, raw, wanted', [
    ('number', '23,5', 23.5), ('number', '61', 61), ('number', 2, 2), ('boolean', 'Oui', True),
    ('boolean', False, False),
    ('visit', '2', 2), ('visit', 'V1', 'V1'), ('visit', '2026-01-02', '2026-01-02'), ('text', ' x ', 'x')])
def test_scalars(kind, raw, wanted):
    (_, found), = Scalar(kind).parse(raw)
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize('kind, raw', [('number', 'many'), ('number', 'nan'), ('boolean', 'perhaps')])
def test_scalars_are_not_guessed(kind, raw):
    with pytest.raises(UnknownWord):
        Scalar(kind).parse(raw)


@pytest.mark.parametrize('json_value, words', [
    (None, []), ('', []), ({}, []), ([], ['none']), ('x', ['x']), (['x', 2], ['x', 2]), (False, [False]),
    ({'any_of': ['a', 'b']}, ['a / b']), ({'all_of': ['a', 'b']}, ['a + b']),
    ({'all_of': ['a'], 'partial': True}, ['a + ?']), ({'a': True, 'b': False}, ['a'])])
def test_values_of_the_json_as_words(json_value, words):
    assert values_of(json_value) == words


@pytest.mark.parametrize('json_value', [{'any_of': 3}, {'all_of': ['a', 1]}, {'any_of': []}, {'all_of': None}])
def test_sets_that_hold_no_words(json_value):
    with pytest.raises(SourceError, match='_of holds .*; wanted is a list of words'):
        values_of(json_value)
