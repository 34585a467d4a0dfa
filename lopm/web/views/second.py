"""A second reader: a photograph without a word about it, read once; then what others and the model say of it."""
from django.db import IntegrityError, transaction
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lopm.web import access, blind, trail
from lopm.web.context import model
from lopm.web.models import Photograph, Reading, SecondReading
from lopm.web.views.cases import MOST_LESIONS, content, fits, is_drawn, refused
from lopm.web.words import NOT_ASSESSABLE, of_second

SHOWN = 24  # photographs on the list


@access.signed_in
@require_safe
def index(request):
    """What is left to read, in an order by chance."""
    left, seen, done = blind.left_for(request.user)
    return render(request, 'web/seconds.html', {
        'left': [{'photograph': each, 'seen': each.pk in seen} for each in left[:SHOWN]],
        'next': left[0] if left else None, 'more': max(len(left) - SHOWN, 0), 'done': done,
        'all': done + len(left), 'seen': len(seen)})


@access.signed_in
def page(request, number):
    """A photograph to be read; posted: what is said of it; and afterwards what others say, beside it."""
    photograph = access.photograph_of(request.user, number)
    if photograph.state != Photograph.State.READ:
        raise Http404
    own = photograph.second_readings.filter(by=request.user).first()
    if request.method == 'POST':
        return kept(request, photograph)
    if own:
        trail.note(request.user, 'case seen', photograph.pk)
        readers = readers_of(photograph, own)
        return render(request, 'web/beside.html', {
            'photograph': photograph, 'own': own, 'readers': readers, 'left': blind.left_for(request.user)[0][:1],
            'outlines': [each['outlines'] for each in readers], 'words': of_second([])})
    trail.note(request.user, 'second reading begun', photograph.pk)
    tasks = (model() or {}).get('tasks', [])
    return render(request, 'web/second.html', {
        'photograph': photograph, 'seen': bool(blind.seen_by(request.user, [photograph])), 'tasks': tasks,
        'words': of_second(tasks)})


def kept(request, photograph):
    """Keep what was said, ``{'lesions': [{'polygons', 'words'}]}``, once."""
    lesions, tasks = content(request).get('lesions'), (model() or {}).get('tasks', [])
    if not isinstance(lesions, list) or len(lesions) > MOST_LESIONS or not all(
            is_drawn(each) and lies_on(each['polygons'], photograph) for each in lesions):
        return refused(_('These outlines cannot be read.'))
    if not tasks or not all(is_complete(each.get('words'), tasks) for each in lesions):
        return refused(_('A feature is not answered, or by a word that the model does not know.'))
    said = [{'polygons': each['polygons'], 'words': each['words']} for each in lesions]
    try:
        with transaction.atomic():
            is_blind = not blind.seen_by(request.user, [photograph])
            SecondReading.objects.create(photograph=photograph, by=request.user, lesions=said, blind=is_blind)
            trail.note(request.user, 'second reading said', photograph.pk, 'blind' if is_blind else 'not blind')
    except IntegrityError:
        return refused(_('You have read this photograph already; what you said then stands.'), 409)
    return JsonResponse({'blind': is_blind}, status=201)


def lies_on(polygons, photograph):
    """Whether polygons lie on the photograph, and cover a pixel."""
    inside = all(0 <= x <= photograph.width and 0 <= y <= photograph.height
                 for each in polygons for x, y in zip(each[::2], each[1::2]))
    return inside and sum(map(area, polygons)) >= 1


def area(polygon):
    points = list(zip(polygon[::2], polygon[1::2]))
    return abs(sum(a * d - b * c for (a, b), (c, d) in zip(points, points[1:] + points[:1]))) / 2


def is_complete(words, tasks):
    """Whether every feature that is asked about is answered, and no other."""
    if not isinstance(words, dict):
        return False
    asked = [task for task in tasks if arises(task, words)]
    return words.keys() == {task['name'] for task in asked} and all(
        words[task['name']] == NOT_ASSESSABLE or fits(words[task['name']], task) for task in asked)


def arises(task, words):
    """Whether a feature is asked about, by what was said of those before it."""
    return all(word in (words.get(other) or ()) for other, word in task.get('valid_if', {}).items())


def readers_of(photograph, own):
    """``[{'who', 'tags', 'lesions', 'outlines'}]``: oneself, the version that stands where a person has touched it, the
    model, other second readers."""
    readings = list(photograph.readings.select_related('by').defer('live', 'said'))
    first = next(each for each in readings if each.what == Reading.What.MODEL)
    persons = [each for each in readings if each.what not in (Reading.What.MODEL, Reading.What.SCALE)]
    standing = [reader(_('The case as it stands, last by %s') % name_of(persons[-1]), from_case(readings[-1]))
                ] if persons else []
    others = photograph.second_readings.exclude(pk=own.pk).select_related('by')
    return [reader(_('You'), own.lesions, own.blind), *standing, reader(_('The model'), from_case(first)),
            *(reader(name_of(each), each.lesions, each.blind) for each in others)]


def name_of(reading):
    return reading.by.username if reading.by else reading.rater or '–'


def from_case(reading):
    """Lesions of a version as those of a ``SecondReading``."""
    return [{'polygons': each['outline']['polygons'],
             'words': {**{name: list(said) for name, said in each['words'].items()}, **each['corrected']}}
            for each in reading.case['lesions']]


def reader(who, lesions, is_blind=None):
    """``is_blind``: of a second reading, whether it was."""
    return {'who': who, 'blind': is_blind, 'outlines': [
        {'polygons': each['polygons'], 'label': str(i)} for i, each in enumerate(lesions, 1)],
        'lesions': [[(name, [said] if isinstance(said, str) else said) for name, said in each['words'].items()]
                    for each in lesions]}
