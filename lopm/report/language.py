"""The language of a report: one catalog of gettext, ``locale/<language>.po``, for sentences and for clinical words.

A further language is one such file. English has one, too: what the words of a config are called to a clinician, such as
that a leukoplakia, which is diagnosed by exclusion, is "leukoplakia-like" on a photograph.
"""
import gettext
import io
from functools import cached_property
from pathlib import Path

from lopm.extra import need
from lopm.sentence import Sentence, Share
from lopm.wording import words

FOLDER = Path(__file__).with_name('locale')
NO_BREAK = '\N{NO-BREAK SPACE}'


def languages():
    """The codes of all catalogs, ``['en', 'fr']``."""
    return sorted(path.stem for path in FOLDER.glob('*.po'))


class Language:
    """Sentences, words and numbers of one language.

    Args:
        code: Of ``languages()``.

    Raises:
        ValueError: There is no such catalog.
    """

    def __init__(self, code):
        if code not in languages():
            raise ValueError(f'language {code!r}: there is no locale/{code}.po; take one of {", ".join(languages())}')
        self.code = code

    @cached_property
    def catalog(self):
        """The catalog as gettext reads it, compiled from its file."""
        need('babel', 'report')
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po
        compiled = io.BytesIO()
        write_mo(compiled, read_po((FOLDER / f'{self.code}.po').read_bytes().splitlines(keepends=True)))
        compiled.seek(0)
        return gettext.GNUTranslations(compiled)

    def say(self, sentence, **values):
        """A sentence of the report, with ``{names}`` filled in; of a ``Sentence`` also its own values."""
        if isinstance(sentence, Sentence):
            return self.say(sentence.template, **{name: self.value(each) for name, each in sentence.values.items()})
        said = self.catalog.gettext(sentence)
        return said.format(**values) if values else said

    def value(self, value):
        """What is filled into a ``Sentence``: another one, a share, a number, a list of them; names and dates as they
        are."""
        if isinstance(value, list):
            return ', '.join(map(self.value, value))
        if isinstance(value, Sentence):
            return self.say(value)
        return self.percent(value) if isinstance(value, Share) else self.number(value) if isinstance(
            value, float) else value

    def count(self, one, many, number):
        """A sentence by number, which fills ``{number}``."""
        return self.catalog.ngettext(one, many, number).format(number=self.number(number, 0))

    def word(self, name):
        """A name of a task, word, measure or field as a clinician reads it."""
        return self.catalog.gettext(words(str(name)))

    def words(self, names, last=' or '):
        """Several of them: "red", "red or white", "red, white or yellow"."""
        named = [self.word(name) for name in names]
        return self.say(last).join([', '.join(named[:-1]), named[-1]] if len(named) > 1 else named)

    def number(self, value, digits=3):
        """A number with so many digits that count; with the decimal sign of the language."""
        if value != value:
            return '–'
        text = f'{value:.0f}' if digits == 0 or abs(value) >= 10 ** digits else f'{value:.{digits}g}'
        return text.replace('.', self.catalog.gettext('decimal point').replace('decimal point', '.'))

    def percent(self, share):
        """A share of one in whole percent; never 0 or 100, which would be certain."""
        text = '< 1' if share < 0.01 else '> 99' if share > 0.99 else f'{100 * share:.0f}'
        return f'{text}{NO_BREAK}%'.replace(' ', NO_BREAK)
