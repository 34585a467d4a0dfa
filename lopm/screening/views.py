"""The views of a protocol, and which of them a photograph shows."""
import difflib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import NamedTuple

from lopm.curation.words import fold
from lopm.curation.yaml_files import read_yaml
from lopm.shipped import CONFIGS

EIGHT_VIEWS = CONFIGS / 'labels/views.yaml'
TABLE, NAME, MODEL = 'table', 'name', 'model'  # by what a view is known
MISSING, UNUSABLE, SHOWN = 'missing', 'unusable', 'shown'  # what a session has of a view
TASK = 'view'  # an image-level task of this name says which view a photograph shows
UNREAD = 'cannot be read'
NOT_OF_QUALITY = {'no lesion'}  # a flag that most photographs of a healthy mucosa would raise
SEAMS = re.compile(r'(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])')  # leftBuccal2


class View(NamedTuple):
    """Which view a photograph shows, '' where it is not known, and by what."""

    name: str
    by: str


class Protocol:
    """Views by name, each with the words that stand for it.

    Args:
        spellings: ``{view: [spelling]}``, in the order of the protocol; the name is one more spelling.
        source: What to call it in errors.

    Raises:
        ValueError: Two views share a spelling.
    """

    def __init__(self, spellings, source=''):
        self.views = tuple(map(str, spellings))
        self.known = {}
        self.spelled = {fold(word): str(view) for view, spelled in spellings.items() for word in [view, *spelled]}
        for view, spelled in spellings.items():
            for words in filter(None, map(tokens, [view, *spelled])):
                other = self.known.setdefault(words, str(view))
                if other != view:
                    raise ValueError(f'{source}: {" ".join(sorted(words))!r} stands for both {other} and {view}; keep '
                                     'one')

    def view_of(self, text):
        """The view that a text names, or None: of the spellings whose words are all in it those with most words, if
        they are of one view."""
        words = tokens(text)
        fitting = [spelled for spelled in self.known if spelled <= words]
        most = max(map(len, fitting), default=0)
        named = {self.known[spelled] for spelled in fitting if len(spelled) == most}
        return named.pop() if len(named) == 1 else None

    def nearest(self, text):
        """The view that is spelled most like a text, for a person to look at."""
        return self.spelled[difflib.get_close_matches(fold(text), self.spelled, n=1, cutoff=0)[0]]

    def stated(self, text, place):
        """The view that a table names; '' of an empty cell.

        Raises:
            ValueError: It names none; with the nearest one.
        """
        if not text:
            return ''
        found = self.view_of(text)
        if found is None:
            raise ValueError(f'{place}: view {text!r} is none of the protocol; did you mean {self.nearest(text)}? All '
                             f'of them: {", ".join(self.views)}')
        return found


def tokens(text):
    """The words of a name as a set, without case, accents and signs.

    >>> sorted(tokens('IMG_0412 leftBuccal2')), sorted(tokens('Lèvre-supérieure'))
    (['0412', '2', 'buccal', 'img', 'left'], ['levre', 'superieure'])
    """
    apart = SEAMS.sub(' ', unicodedata.normalize('NFC', str(text)))
    return frozenset(fold(re.sub(r'[\W_]', ' ', apart)).split())


def read_protocol(path=EIGHT_VIEWS):
    """The ``Protocol`` of a YAML file: ``views: {name: [spelling]}``.

    Raises:
        ValueError: No such file, no views in it, or a view without a list of words.
    """
    content = read_yaml(path)
    views = content.get('views') if isinstance(content, dict) else None
    if not isinstance(views, dict) or not views:
        raise ValueError(f'{path}: has no views; write "views:" and below it a line for each, "name: [other words]"')
    for view, words in views.items():
        if words != '' and not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
            raise ValueError(f'{path}: {view} has no list of words; write "{view}: [other word, other word]"')
    return Protocol({view: list(words) for view, words in views.items()}, path)


def view_shown(protocol, name, stated='', case=None):
    """The ``View`` of a photograph: as a table states it, else by its file's or its folder's name, else by the model's
    task ``view``.

    Args:
        name: Of the file, relative to the folder that is screened. case: Its ``Case``.
    """
    if stated:
        return View(stated, TABLE)
    path = PurePosixPath(name)
    if found := protocol.view_of(path.stem) or protocol.view_of(path.parent.name):
        return View(found, NAME)
    said = next(iter(case.photograph.words.get(TASK, ())), '') if case else ''
    found = protocol.view_of(said)
    return View(found, MODEL) if found else View('', '')


def unusable(case):
    """Why a photograph should be taken again, ``[reason]``: it cannot be read, or it is flagged as taken badly."""
    return [UNREAD] if case.bad else [flag for flag in case.flags or () if flag not in NOT_OF_QUALITY]


def coverage(protocol, photographs):
    """``{view: MISSING, UNUSABLE or SHOWN}`` of ``(view, reasons why it is unusable)`` of each photograph."""
    found = {view: [not reasons for shown, reasons in photographs if shown == view] for view in protocol.views}
    return {view: SHOWN if any(good) else UNUSABLE if good else MISSING for view, good in found.items()}
