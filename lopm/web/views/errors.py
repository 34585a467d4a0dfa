"""Pages of what went wrong; in json for a page that asked by itself."""
import contextlib
import sys

from django.db import IntegrityError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from lopm.web import outage

DRAINED = 128 << 20  # bytes; whoever sends more than that is no browser with a photograph


def answer(request, status, title, text):
    if 'X-Lopm' in request.headers:
        return JsonResponse({'problem': text}, status=status)
    return render(request, 'web/error.html', {'title': title, 'text': text}, status=status)


def bad(request, exception=None):
    return answer(request, 400, _('Not understood'), _('What was sent cannot be read.'))


def forbidden(request, exception=None):
    return answer(request, 403, _('Not allowed'), _('Your account may not do this. An administrator can change that.'))


def forged(request, reason=''):
    if 'X-Lopm' in request.headers and not request.user.is_authenticated:  # the cookie of the form ended as well
        return JsonResponse({'problem': _('You are signed out.')}, status=401)
    return answer(request, 403, _('Not accepted'), _('This form was too old, or came from another page. Load the page '
                                                     'again and repeat what you did.'))


def missing(request, exception=None):
    return answer(request, 404, _('Not here'), _('There is nothing on this address, or it is of another department.'))


def broken(request):
    """Of a fault, a full disk, a database that is away, two who change the same: without asking it for the account."""
    error = sys.exc_info()[1]
    if outage.is_full(error):
        drain(request)
        status, title, text = 507, _('The disk is full'), full()
    elif isinstance(error, IntegrityError):
        status, title, text = 409, _('Changed meanwhile'), _('Somebody else has changed or deleted this in the same '
                                                             'moment. Load the page again.')
    elif outage.passes(error):
        status, title, text = 503, _('Not now'), _('The database does not answer. Nothing that was confirmed is lost. '
                                                   'Try again in a minute.')
    else:
        status, title, text = 500, _('Our fault'), _('The page has made a mistake. Nothing that was confirmed is lost. '
                                                     'Tell your administrator when it happened.')
    if 'X-Lopm' in request.headers:
        return JsonResponse({'problem': text}, status=status)
    return HttpResponse(render_to_string('web/error.html', {'title': title, 'text': text, 'request': request}),
                        status=status)


def full():
    """What is said of a full disk."""
    return _('The disk of the server is full; nothing was stored. Tell your administrator.')


def drain(request):
    """Take in what is still being sent: a browser that sends reads no answer, and would call the server dead."""
    left = DRAINED
    with contextlib.suppress(OSError):  # it has gone
        while left > 0 and (block := request.read(min(left, 1 << 16))):
            left -= len(block)
