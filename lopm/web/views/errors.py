"""Pages of what went wrong; in json for a page that asked by itself."""
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def answer(request, status, title, text):
    if 'X-Lopm' in request.headers:
        return JsonResponse({'problem': text}, status=status)
    return render(request, 'web/error.html', {'title': title, 'text': text}, status=status)


def bad(request, exception=None):
    return answer(request, 400, _('Not understood'), _('What was sent cannot be read.'))


def forbidden(request, exception=None):
    return answer(request, 403, _('Not allowed'), _('Your account may not do this. An administrator can change that.'))


def forged(request, reason=''):
    return answer(request, 403, _('Not accepted'), _('This form was too old, or came from another page. Load the page '
                                                     'again and repeat what you did.'))


def missing(request, exception=None):
    return answer(request, 404, _('Not here'), _('There is nothing on this address, or it is of another department.'))


def broken(request):
    return answer(request, 500, _('Our fault'), _('The page has made a mistake. Nothing that was confirmed is lost. '
                                                  'Tell your administrator when it happened.'))
