"""Words of a page: clinical ones by the catalogs of the reports, and the texts that scripts show."""
import re
from functools import cache
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lopm.report.language import Language

NOT_ASSESSABLE = 'not_assessable'  # that of lopm.tasks, which loads torch


@cache
def _language_of(code):
    return Language(code)


def clinical_language():
    """The ``Language`` of the page."""
    return _language_of(get_language())


def of_upload():
    return {'waits': _('waits'), 'sent': _('sent'), 'there': _('is there already'), 'again': _('Send again'),
            'large': _('larger than 80 MB'), 'nothing': _('no answer of the server; it is tried again'),
            'out': _('You are signed out. Sign in and load this page again: what was sent is kept.'),
            'leave': _('Photographs are still being sent.')}


def of_case(tasks):
    """Texts of a case's page; ``tasks``: of ``speech.model_of``."""
    called = clinical_language().word
    return {'editor': of_editor(), 'reading': _('The case is read again.'), 'kept': _('Kept.'),
            'cancel': _('Cancel'), 'say': _('Say so'), 'none': _('none of them'),
            'assessable': _('cannot be judged on this photograph'),
            'out': _('You are signed out. What you have drawn is kept on this device: sign in, and come back here.'),
            'nothing': _('The server does not answer; what you have done is kept here, try again.'),
            'sign_in': _('Sign in'), 'restored': _('Outlines that you had not kept are back.'),
            'tasks': {each['name']: called(each['name']) for each in tasks},
            'words': {word: called(word) for each in tasks for word in each['words']}}


def of_second(tasks):
    """Texts of the page of a second reader."""
    called = clinical_language().word
    return {'editor': of_editor(), 'lesion': _('Lesion'), 'of': _('{number} of {count} answered'),
            'none': _('none of them'), 'assessable': _('cannot be judged on this photograph'),
            'open': _('Some features are not answered yet.'),
            'say_none': _('Outline the lesions, or say that there is none.'),
            'out': _('You are signed out. What you have drawn and said is kept on this device: sign in, and come back '
                     'here.'),
            'nothing': _('The server does not answer; what you have done is kept here, try again.'),
            'sign_in': _('Sign in'), 'restored': _('What you had not kept yet is back.'),
            'tasks': {each['name']: called(each['name']) for each in tasks},
            'words': {word: called(word) for each in tasks for word in each['words']}}


@cache
def _editor():
    """``{name: English text}`` of the editor of outlines, as its own file has them."""
    found = {}
    text = (Path(__file__).parent / 'static/web/editor/words.js').read_text(encoding='utf-8')
    for name, said in re.findall(r"(\w+): ((?:'[^']*'(?:\s*\+\s*)?)+)", text):
        found[name] = ''.join(re.findall(r"'([^']*)'", said))
    return found


def of_editor():
    """Texts of the editor of outlines."""
    return {name: _(text) for name, text in _editor().items()}


def of_follow():
    """Texts of a place that is followed."""
    return {'pause': _('Stop'), 'go': _('Blink by itself')}
