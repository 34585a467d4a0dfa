"""Checks of copies of one photograph against each other: what was said of it once, and once more."""
from collections import defaultdict
from itertools import combinations

from lopm.curation.doctor.check_parts import near_duplicates
from lopm.curation.doctor.table import ERROR, Finding, check, place
from lopm.curation.doctor.words import said_of
from lopm.curation.near_duplicates import METHOD
from lopm.wording import joined


@check(ERROR, f'one picture cannot teach both of two words that exclude each other, nor be scored by both ({METHOD})',
       'look at them and find out which word is right; remove the other entry, or the word from both')
def opposite_words(base):
    for members in near_duplicates(base):
        for task, by_answer in answers(members).items():
            for (one, these), (other, those) in combinations(by_answer.items(), 2):
                if not one & other:
                    yield Finding(f'{task}: {_quote(one)} of {these[0].name}, {_quote(other)} of its copy '
                                  f'{those[0].name}', tuple(map(place, these + those)))


def answers(photographs):
    """``{task: {words: [Photograph]}}`` of tasks of which one word holds, whoever said it on the photograph."""
    found = defaultdict(lambda: defaultdict(list))
    for photograph in photographs:
        words = defaultdict(set)
        for row in photograph.rated():
            for task, said in said_of(row).items():
                words[task] |= said.words if said.one else set()
        for task in filter(words.get, words):
            found[task][frozenset(words[task])].append(photograph)
    return found


def _quote(words):
    return joined(map(repr, sorted(words)), alternatives=True)
