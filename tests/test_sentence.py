"""A sentence reads in English, and keeps what it says when it travels."""
import copy
import json
import pickle
from datetime import date

from lopm.report.language import Language
from lopm.sentence import Sentence, Share

INNER = Sentence('{share} at {places} places', share=Share(.131), places=7)
OUTER = Sentence('{on}: {reason}, {times} times', on=date(2026, 3, 14), reason=INNER, times=1.3172)


def test_it_reads_as_text():
    assert OUTER == '2026-03-14: 13% at 7 places, 1.32 times' and json.loads(json.dumps(OUTER)) == OUTER


def test_it_travels_with_what_it_says():
    for again in (copy.deepcopy(OUTER), pickle.loads(pickle.dumps(OUTER))):
        assert (again, again.template, again.values) == (OUTER, OUTER.template, OUTER.values)
        assert again.values['reason'].values == {'share': .131, 'places': 7}


def test_numbers_within_are_those_of_the_language():
    assert Language('fr').say(OUTER).replace('\N{NO-BREAK SPACE}', ' ') == '2026-03-14: 13 % at 7 places, 1,32 times'


def test_braces_in_what_is_filled_in_are_text():
    said = Sentence('{name}: gone', name='{on}')
    assert said == '{on}: gone' and Language('fr').say(said) == '{on}: gone'
    assert copy.deepcopy(said) == said and pickle.loads(pickle.dumps(said)).values == {'name': '{on}'}
