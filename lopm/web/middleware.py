"""What happens to every answer: headers that keep others out, a session that ends, the language of who asks."""
import shutil

from django.conf import settings
from django.http import JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from lopm.web.views.errors import drain, full

POLICY = ("default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
QUIET = 'X-Lopm-Quiet'  # a browser that asks for news by itself; nobody need sit before it
MOST_BYTES = 80 << 20  # of a request that brings a photograph
RESERVE = 200 << 20  # bytes of the disk that are left for the database and what is re-encoded
RENEWED = 60  # seconds after which a session that is used is written again


def headers(get_response):
    """Nothing from outside, nothing inline, no frame, and nothing of a patient in a cache on the way."""
    def answer(request):
        response = get_response(request)
        response.headers.setdefault('Content-Security-Policy', POLICY)
        response['Permissions-Policy'] = 'geolocation=(), microphone=(), camera=(self)'
        response.headers.setdefault('Cache-Control', 'no-store')
        return response
    return answer


def stay_signed_in(get_response):
    """A session lasts as long as somebody does something; a page that asks for news by itself does not prolong it."""
    def answer(request):
        if request.user.is_authenticated and QUIET not in request.headers:
            now = int(timezone.now().timestamp())
            if now - request.session.get('seen', 0) > RENEWED:
                request.session['seen'] = now
        return get_response(request)
    return answer


def language(get_response):
    """The language of the account; before somebody has signed in, that of the browser."""
    def answer(request):
        chosen = request.user.language if request.user.is_authenticated else translation.get_language_from_request(
            request)
        translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.headers.setdefault('Content-Language', translation.get_language())
        return response
    return answer


def uploads(get_response):
    """What is too large, of nobody, or more than the disk has room for is refused before it is written anywhere."""
    def answer(request):
        if not (request.content_type or '').startswith('multipart/'):
            return get_response(request)
        length = int(request.META.get('CONTENT_LENGTH') or 0)
        if not request.user.is_authenticated:
            return refused(request, 401, _('You are signed out.'))
        if not length or length > MOST_BYTES:
            return refused(request, 413, _('Larger than %d MB; send a smaller file.') % (MOST_BYTES >> 20))
        if shutil.disk_usage(settings.PLACE.folder).free < length + RESERVE:
            return refused(request, 507, full())
        return get_response(request)
    return answer


def refused(request, status, problem):
    drain(request)
    return JsonResponse({'problem': problem}, status=status)
