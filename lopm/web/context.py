"""What every page shows: what the model was trained on, and that it is no medical device."""
import json

from django.conf import settings
from django.utils.translation import get_language

from lopm.web.words import clinical_language


def model():
    """What the worker says of its model (``speech.model_of``); None before the first one is up."""
    try:
        return json.loads(settings.PLACE.model.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None


def of_every_page(request):
    found = model()
    return {'model': found, 'about': found and found['about'][get_language()], 'language': clinical_language()}
