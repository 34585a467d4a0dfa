"""Cases as html and as PDF; nothing is fetched from outside, and what is said of a case stands in the file."""
import datetime
import logging
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup
from PIL import ImageFile

from lopm.extra import need
from lopm.files import whole_file, write_text

HERE = Path(__file__).parent
PAPERS = 'A4', 'letter'


def render(facts, language, paper='A4'):
    """The html of some cases, each on a page of its own.

    Args:
        facts: ``[facts_of(...)]``. language: ``Language``. paper: Of ``PAPERS``.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    style = (HERE / 'case.css').read_text(encoding='utf-8').replace('size: A4', f'size: {paper}')
    template = environment.from_string((HERE / 'case.html.j2').read_text(encoding='utf-8'))
    return template.render(cases=facts, language=language, _=language.say, style=Markup(style),
                           today=datetime.date.today().isoformat())


def write_report(path, html, pdf=True):
    """Write ``path`` with the endings .html and .pdf, each whole or not at all."""
    write_text(path.with_name(f'{path.name}.html'), html)
    if pdf:
        with whole_file(path.with_name(f'{path.name}.pdf')) as partial:
            partial.write_bytes(as_pdf(html))


def as_pdf(html):
    """The bytes of a tagged PDF; a link to anything but what stands in the html is an error."""
    weasyprint, fetcher = need('weasyprint', 'report'), need('weasyprint.urls', 'report').URLFetcher
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # which it sets: a photograph that is cut off would pass for a whole one
    logging.getLogger('weasyprint').setLevel(logging.ERROR)  # it has remarks on fonts and on styles for screens
    page = weasyprint.HTML(string=html, url_fetcher=fetcher(allowed_protocols=('data',)))
    return page.write_pdf(pdf_tags=True)
