"""Every sentence of the pages has a French one, and its places for values; the editor's texts as well."""
import ast
import re

import pytest
from babel.messages.pofile import read_po

from tests.web.conftest import ROOT

WEB = ROOT / 'lopm/web'
TAGGED = re.compile(r'{%\s*translate\s+"([^"]+)"')
BLOCK = re.compile(r'{%\s*blocktranslate([^%]*)%}(.*?){%\s*endblocktranslate\s*%}', re.S)
PLURAL = re.compile(r'{%\s*plural\s*%}')
PIECES = re.compile(r"""\b_\(\s*((?:(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*)+)\)""")
VALUES = re.compile(r'%\(\w+\)s|%[ds]|{\w+}')


def sentences():
    """All that is translated in templates and in Python, as gettext sees it."""
    found = set()
    for path in WEB.rglob('*.html'):
        text = path.read_text(encoding='utf-8')
        found |= {*TAGGED.findall(text)} | {block(*each) for each in BLOCK.findall(text)}
    for path in WEB.rglob('*.py'):
        for pieces in PIECES.findall(path.read_text(encoding='utf-8')):
            found.add(ast.literal_eval(f'({pieces})'))
    from lopm.web.words import _editor
    return {*found, *_editor().values()} - {''}


def block(options, text):
    """The text of a block; of one with a plural both."""
    if 'trimmed' in options:
        text = re.sub(r'\s*\n\s*', ' ', text.strip())
    parts = [re.sub(r'{{\s*(\w+)\s*}}', r'%(\1)s', each) for each in PLURAL.split(text)]
    return parts[0] if len(parts) == 1 else tuple(parts)


@pytest.fixture(scope='module')
def french():
    catalog = read_po((WEB / 'locale/fr.po').read_bytes().splitlines(keepends=True))
    return {each.id: each.string for each in catalog if each.id}


def test_every_sentence_is_there_in_french(french):
    missing = sorted(map(str, sentences() - french.keys()))
    assert not missing, '\n'.join(missing)


def test_nothing_is_translated_that_no_page_says(french):
    assert not french.keys() - sentences()


def test_values_have_their_places(french):
    pairs = [(one, other) for name, said in french.items()
             for one, other in zip(*((each,) if isinstance(each, str) else each for each in (name, said)))]
    assert not [one for one, other in pairs if sorted(VALUES.findall(one)) != sorted(VALUES.findall(other))]
    assert all(other for _, other in pairs)


def test_the_texts_of_the_editor_are_read_as_they_stand():
    from lopm.web.words import _editor
    text = (WEB / 'static/web/editor/words.js').read_text(encoding='utf-8')
    assert len(_editor()) == len(re.findall(r"(?:^|[\s,{])\w+: '", text)) > 50
    assert _editor()['undo'] == 'Undo' and _editor()['keys'].endswith('Control Y does again.')
