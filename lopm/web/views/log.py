"""The log, for administrators."""
import csv

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lopm.web import trail
from lopm.web.access import administrator
from lopm.web.models import Entry

COLUMNS = 'id', 'at', 'account', 'department', 'what', 'about', 'detail', 'before', 'digest'


@administrator
@require_safe
def index(request):
    entries = Paginator(Entry.objects.order_by('-id'), 100).get_page(request.GET.get('page'))
    return render(request, 'web/log.html', {'entries': entries, 'broken': trail.broken()})


@administrator
@require_safe
def table(request):
    """All of it as csv, with the digests by which anybody can check it."""
    trail.note(request.user, 'log exported')
    response = HttpResponse(content_type='text/csv; charset=utf-8',
                            headers={'Content-Disposition': 'attachment; filename="log.csv"'})
    rows = csv.writer(response)
    rows.writerow(COLUMNS)
    rows.writerows(_plain(row) for row in Entry.objects.order_by('id').values_list(*COLUMNS).iterator())
    return response


def _plain(row):
    """A row whose texts no spreadsheet takes for a formula."""
    return [f"'{each}" if isinstance(each, str) and each[:1] in '=+-@\t\r' else each for each in row]
