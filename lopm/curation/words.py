"""Vocabularies: from words as people write them to the classes of a task, without guessing.

Spelling differs in case, accents, hyphens, underscores and blanks only. ``a + b`` are classes together, ``a / b``
alternatives, ``a, b`` a list, ``a + ?`` a list that may not be complete. A *meaning* is a tuple of alternatives, each
a tuple of classes that are there together; or ``not_assessable``.
"""
import difflib
import itertools
import math
import re
import unicodedata

from lopm.curation.source import SourceError
from lopm.tasks import NOT_ASSESSABLE

MORE = '?'
NONE = 'none'
IGNORE = 'ignore'
IGNORED = ()  # the meaning of a word that says nothing here
MOST_CHOICES = 1000  # of several alternatives at once
YES = 'true', 'yes', 'y', '1', 'oui', 'vrai'
NO = 'false', 'no', 'n', '0', 'non', 'faux'


class UnknownWord(ValueError):
    """A word that a vocabulary does not know."""


class WrongSpelling(ValueError):
    """A word of a label map that cannot be what the map says; ``word`` is the word."""

    def __init__(self, problem, word):
        super().__init__(problem)
        self.word = word


def guess(word, meanings, cutoff=0.8, margin=0.1):
    """The known spelling that a word is taken for, or None: near by ``difflib``, and no word of another meaning is
    nearly as near, for that may be the opposite (homogeneous, inhomogeneous).

    Args:
        meanings: ``{folded spelling: meaning}``.
    """
    text = fold(word)
    near = difflib.get_close_matches(text, meanings, n=10, cutoff=cutoff - margin)
    ratios = [difflib.SequenceMatcher(None, each, text).ratio() for each in near]
    if not near or ratios[0] < cutoff:
        return None
    others = [ratio for each, ratio in zip(near, ratios) if meanings[each] != meanings[near[0]]]
    return near[0] if not others or others[0] < ratios[0] - margin else None


def fold(text):
    """Text without what spelling may differ in.

    >>> fold('  Non-Homogène '), fold('non_homogene')
    ('non homogene', 'non homogene')
    """
    letters = unicodedata.normalize('NFKD', str(text).casefold())
    return re.sub(r'[\s_-]+', ' ', ''.join(each for each in letters if not unicodedata.combining(each))).strip()


class Vocabulary:
    """The words of a task, or of an attribute that is no task.

    Args:
        classes: What words become.
        exclusive: One class per lesion; several are then alternatives, or co-existing and marked so.
        spellings: ``{class, or expression such as 'white + red', or ignore: [spellings]}``.
        qualifier: ``(target, Vocabulary)`` of single words that may stand among the others: left, right.
    """

    def __init__(self, classes, exclusive=False, spellings=None, qualifier=None):
        self.exclusive = exclusive
        self.qualifier = qualifier
        self.meanings = {fold(NOT_ASSESSABLE): NOT_ASSESSABLE}
        if not exclusive:
            self.meanings[NONE] = ((),)
        own = {fold(word): ((word,),) for word in classes}
        for word, spelled in (('yes', YES), ('no', NO)):
            if word in own:
                own.update(dict.fromkeys(spelled, own[word]))
        self.meanings.update(own)
        for expression, words in (spellings or {}).items():
            self._learn(self._meant(expression, classes), words)

    def _meant(self, expression, classes):
        """The meaning of an expression of the label map."""
        if fold(expression) == IGNORE and IGNORE not in classes:
            return IGNORED
        try:
            return self._expression(fold(expression))
        except UnknownWord:
            raise WrongSpelling(f'{expression!r} is no class; known: {", ".join(classes)}', expression) from None

    def _learn(self, meaning, words):
        for word in words:
            before = self.meanings.setdefault(fold(word), meaning)
            if before != meaning:
                raise WrongSpelling(f'{word!r} is a spelling of both {written(before)!r} and {written(meaning)!r}; '
                                    'keep one', word)

    def parse(self, raw):
        """``[(target or None for this vocabulary itself, meaning)]`` of a raw value."""
        return [(target, meaning) for target, meaning in self._parts(fold(raw)) if meaning != IGNORED]

    def _parts(self, text):
        try:
            return [(None, self._expression(text))]
        except UnknownWord:
            if not self.qualifier:
                raise
        target, vocabulary = self.qualifier
        words = text.split()
        own = [word for word in words if word not in vocabulary.meanings]
        said = [(target, vocabulary.meanings[word]) for word in words if word in vocabulary.meanings]
        return [(None, self._expression(' '.join(own))), *said]

    def _expression(self, text):
        if text in self.meanings:
            return self.meanings[text]
        if text == MORE and not self.exclusive:
            return ((MORE,),)
        for separator, combine in (('[,;]', together), ('[+]', together), ('/', alternatives)):
            parts = [part.strip() for part in re.split(separator, text)]
            if len(parts) > 1:
                if separator == '[+]' and any('/' in part and part not in self.meanings for part in parts):
                    break  # a + b / c can be read in two ways
                return combine([self._expression(part) for part in parts])
        raise UnknownWord(text)

    def nearest(self, raw):
        """The known spelling that is nearest, for a person to look at; None where none is near."""
        return next(iter(difflib.get_close_matches(fold(raw), self.meanings, n=1)), None)

    def combine(self, meanings):
        """One meaning of several that were said of one lesion."""
        different = list(dict.fromkeys(meanings))
        return different[0] if len(different) == 1 else together(different)

    def value(self, meaning):
        """A meaning as a value of the data set's json.

        Raises:
            ValueError: Alternatives where a list is wanted, or alternatives of co-existing classes.
        """
        if meaning == NOT_ASSESSABLE:
            return meaning
        if not self.exclusive and len(meaning) == 1:
            words = [word for word in meaning[0] if word != MORE]
            return {'all_of': words, 'partial': True} if MORE in meaning[0] else words
        if self.exclusive and all(len(words) == 1 for words in meaning):
            words = [words[0] for words in meaning]
            return words[0] if len(words) == 1 else {'any_of': words}
        if self.exclusive and len(meaning) == 1:
            return {'all_of': list(meaning[0])}
        raise ValueError(f'{" / ".join(" + ".join(words) for words in meaning)} cannot be written: '
                         + ('alternatives of co-existing classes' if self.exclusive else 'a list has no alternatives'))


def written(meaning):
    """A meaning as an expression of a label map.

    >>> written((('white', 'red'), ('yellow',))), written(((),)), written(IGNORED)
    ('white + red / yellow', 'none', 'ignore')
    """
    if meaning in (NOT_ASSESSABLE, IGNORED):
        return meaning or IGNORE
    return ' / '.join(' + '.join(words) or NONE for words in meaning)


def together(meanings):
    """All of them at once: every choice of one alternative from each. What is ignored says nothing beside others.

    >>> written(together([(('white',),), (('smooth',), ('fissured',))]))
    'white + smooth / white + fissured'
    """
    _refuse_not_assessable(meanings)
    said = [meaning for meaning in dict.fromkeys(meanings) if meaning != IGNORED]
    if math.prod(map(len, said)) > MOST_CHOICES:
        raise UnknownWord('more alternatives than anyone means')
    choices = itertools.product(*said) if said else IGNORED
    return tuple(tuple(dict.fromkeys(itertools.chain(*choice))) for choice in choices)


def alternatives(meanings):
    """One of them. What is ignored is no alternative: it would make the others certain."""
    _refuse_not_assessable(meanings)
    if IGNORED in meanings:
        raise UnknownWord('an alternative that is ignored')
    return tuple(dict.fromkeys(itertools.chain(*meanings)))


def _refuse_not_assessable(meanings):
    if NOT_ASSESSABLE in meanings:
        raise ValueError(f'{NOT_ASSESSABLE} beside another word: {meanings}')


class Scalar:
    """A value that is taken as it is: ``text``, ``number`` (also with a decimal comma), ``boolean``, or ``visit`` (a
    whole number, or a date or name as text)."""

    def __init__(self, kind):
        if kind not in READ:
            raise WrongSpelling(f'{kind!r} is none of {", ".join(READ)}, and no list of words', kind)
        self.kind = kind

    def parse(self, raw):
        try:
            return [(None, READ[self.kind](raw))]
        except (KeyError, ValueError):
            raise UnknownWord(str(raw)) from None

    def nearest(self, raw):
        return f'a {self.kind}'

    def combine(self, meanings):
        if len(set(meanings)) > 1:
            raise SourceError(f'{" and ".join(map(str, dict.fromkeys(meanings)))} are said of one; correct one of them')
        return meanings[0]

    def value(self, meaning):
        return meaning


def _number(raw):
    number = float(str(raw).replace(',', '.'))
    if not math.isfinite(number):
        raise ValueError(raw)
    return int(number) if number.is_integer() else number


def _visit(raw):
    text = str(raw).strip()
    return int(text) if text.isdecimal() else text


def _boolean(raw):
    return BOOLEANS[fold(raw)]


BOOLEANS = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
READ = {'text': lambda raw: str(raw).strip(), 'number': _number, 'boolean': _boolean, 'visit': _visit}
