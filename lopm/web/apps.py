"""How Django calls it."""
from importlib import import_module

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = 'lopm.web'
    label = 'web'

    def ready(self):
        import_module('lopm.web.signals')
