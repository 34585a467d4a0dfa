"""Filters of the templates: clinical words in the language of the page, charts that we have drawn, doubt in words."""
import re

from django import template
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import mark_safe

from lopm.web.words import clinical_language

register = template.Library()
PERCENT = re.compile(r'((?:[<>]\s?)?\d+\s?%)')


@register.filter
def clinical(word):
    """A word of the model or a site as clinicians of the language call it."""
    return clinical_language().word(word)


@register.filter
def drawn(svg):
    """A chart of ``lopm.report.chart``, which escapes what it is given. Nothing that anybody has typed comes here."""
    return mark_safe(svg)


@register.filter
def doubt(text):
    """Words with their probabilities set apart, so that the words are read first."""
    return format_html_join('', '{}', ((mark_safe(f'<span class="quiet">{conditional_escape(part)}</span>')
                                        if PERCENT.fullmatch(part) else part,) for part in PERCENT.split(text)))
