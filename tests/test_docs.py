"""README and docs hold together: short enough, no link into nothing, and the code they show can be built.

That the site builds without a warning is what `make docs` says.
"""
import re
from pathlib import Path

import pytest
import torch

from lopm.models.evidence import Evidence
from lopm.models.regions import build_regions
from lopm.registry import MODELS
from lopm.tasks import KINDS, build_task
from lopm.tasks.task import LEVELS

REPO = Path(__file__).parents[1]
PAGES = [REPO / 'README.md', REPO / 'CONTRIBUTING.md', *sorted(REPO.glob('docs/**/*.md'))]
LINK = re.compile(r'!?\[[^]]*\]\(([^)\s]+)\)')


def targets(page):
    """The files that a page links to, as it writes them."""
    links = (link.partition('#')[0] for link in LINK.findall(page.read_text(encoding='utf-8')))
    return {link for link in links if link and not re.match(r'\w+:', link)}


def test_the_readme_is_one_screen():
    assert (REPO / 'README.md').stat().st_size <= 7000


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_links_lead_to_files(page):
    assert [link for link in targets(page) if not (page.parent / link).is_file()] == []


def test_links_are_found():
    assert {'docs/figures.md', 'docs/dataset_format.md'} <= targets(REPO / 'README.md')
    assert len(PAGES) > 15


def test_both_pages_that_tell_how_to_install_tell_the_same():
    """A system library that one of them leaves out is missed by whoever reads that one."""
    lines = [sorted(re.findall(r'^    ((?:apt-get|pip) install .*)$', (REPO / page).read_text(encoding='utf-8'), re.M))
             for page in ('README.md', 'docs/training.md')]
    assert lines[0] == lines[1] and len(lines[0]) == 2


def test_the_glossary_and_the_kinds_and_levels_of_tasks_agree():
    rows = dict(re.findall(r'^\| (\w+) \| (.*) \|$', (REPO / 'docs/glossary.md').read_text(encoding='utf-8'), re.M))
    assert set(re.findall(r'`(\w+)`', rows['level'])) == set(LEVELS)
    assert set(re.findall(r'`(\w+)`', rows['kind'])) == set(KINDS)


def test_the_head_of_the_docs_sees_what_is_dark():
    text = (REPO / 'docs/extending.md').read_text(encoding='utf-8')
    code = next(code for code in re.findall(r'```python\n(.*?)```', text, re.DOTALL) if 'class DarknessHead' in code)
    try:
        exec(code, {})
        dark = build_task(dict(name='dark', kind='binary'))
        head = MODELS.build(dict(type='DarknessHead', tasks=[dark], channels=[4]))
    finally:
        MODELS.module_dict.pop('DarknessHead', None)
    lesions = torch.zeros(2, 64, 64, dtype=torch.uint8)
    lesions[:, 24:40, 24:40] = 1
    photographs = torch.full((2, 3, 64, 64), 0.8)
    photographs[1, :, 24:40, 24:40] = 0.2  # the second is darker than what is around it
    evidence = Evidence([torch.zeros(2, 4, 32, 32)], photographs, build_regions(lesions, [1, 1]))
    difference = head.describe(evidence)[:, -1]
    assert difference[0].abs() < 1e-3 and difference[1] < -5
    assert head(evidence)['dark'].shape == (2, 1)


def test_pictures_are_small_and_shown():
    pictures = {path.name: path for path in (REPO / 'docs/pictures').iterdir()}
    shown = {Path(link).name for page in PAGES for link in targets(page)}
    assert pictures and pictures.keys() <= shown
    assert max(path.stat().st_size for path in pictures.values()) < 200_000


def test_no_page_names_a_module_or_a_file_that_is_gone():
    for page in PAGES:
        text = page.read_text(encoding='utf-8')
        modules = re.findall(r'automodule:: lopm\.([\w.]+)', text)
        files = re.findall(r'`((?:lopm|tests|configs|benchmarks|tools)/[\w/]+(?:\.py|/))`', text)
        gone = [name for name in [*(f'lopm/{module.replace(".", "/")}' for module in modules), *files]
                if not any((REPO / f'{name}{end}').exists() for end in ('', '.py'))]
        assert not gone, f'{page}: {gone}'
