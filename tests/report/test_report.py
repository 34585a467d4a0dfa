"""The page of a case: what has to stand on it, in both languages, and nothing from outside."""
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFile
from pypdfium2 import raw

from lopm import Predictor
from lopm.commands import report as command
from lopm.report.chart import chart_of, strip_of
from lopm.report.facts import facts_of
from lopm.report.language import FOLDER, Language, languages
from lopm.report.write import as_pdf, render
from tests.packing.tiny_pack import pack, run_with_parts
from tests.tiny_run import model, photograph

pytestmark = pytest.mark.usefixtures('known_outlines')

HERE = Path(command.__file__).parents[1] / 'report'
ONE, NONE = photograph((90, 60, 30)), photograph()
FIVE = photograph((20, 20, 12), (60, 30, 12), (100, 20, 12), (40, 90, 14), (120, 90, 16))


@pytest.fixture
def page(packed):
    """The html of a photograph, RGB, and its facts."""
    predictor = Predictor(packed[1], looked=True)

    def make(image, code='en', change=None, **record):
        case = predictor(image, record)
        case = change(case) if change else case
        language = Language(code)
        facts = facts_of(case, np.ascontiguousarray(image[..., ::-1]), predictor, language)
        return render([facts], language), facts
    return make


def text_of(html):
    """What a reader sees of it."""
    body = re.sub(r'<style>.*?</style>|<svg.*?</svg>', ' ', html, flags=re.DOTALL)
    return ' '.join(re.sub(r'<[^>]+>', ' ', body).replace('&#39;', "'").replace('\N{NO-BREAK SPACE}', ' ').split())


def test_what_comes_first(page):
    text = text_of(page(ONE)[0])
    start = text.index('This page helps')
    assert text[start:].startswith('This page helps a person who decides. It is no medical device. The model learned '
                                   'from 12 photographs of 12 patients (discs) and was tested on 8 others of the same '
                                   'base. It confirms no diagnosis.')
    assert text.index('It rules no cancer out') < text.index('1 lesion found') < text.index('Why')
    assert 'Whether the photograph is blurred, dark or unlike the training was not looked at.' in text


def test_all_that_is_asked_of_a_page_is_on_it(page):
    html, facts = page(ONE, sex='female', shoe=44)
    text = text_of(html)
    for heading in ('What each feature adds', 'What would change it', 'Measured on the photograph', 'Probabilities',
                    'Training lesions that look most like it', 'Where each feature was seen', 'What the record says',
                    'Signature', 'SHA-256'):
        assert heading in text, heading
    assert facts['record'] == [('sex', 'female', True), ('shoe', '44', False)] and '(not read by the model)' in text
    lesion = facts['lesions'][0]
    assert [word for word, _, p in lesion['odds']] and sum(p for _, _, p in lesion['odds']) == pytest.approx(1)
    assert len(lesion['measures']) == 9 and all('<svg' in each[-1] for each in lesion['measures'])


def test_it_never_says_that_a_leukoplakia_is_one():
    language = Language('en')
    for word in ('homogeneous_leukoplakia', 'non_homogeneous_leukoplakia'):
        assert 'leukoplakia-like' in language.word(word)
    assert 'évoquant' in Language('fr').word('homogeneous_leukoplakia')


def test_no_lesion_five_lesions_and_words_of_a_person(page):
    html, facts = page(NONE)
    assert 'No lesion was found. That does not say that there is none.' in text_of(html) and not facts['lesions']
    html, facts = page(FIVE)
    assert [each['number'] for each in facts['lesions']] == [1, 2, 3, 4, 5] and '5 lesions found' in text_of(html)
    assert facts['picture'].count('<polygon') == 10 and text_of(html).count('What would change it') <= 5
    html, facts = page(ONE, change=lambda case: case.correct({'color': ['red'], 'diagnosis': 'a'}))
    assert ('color', 'red', 'said by a person') in facts['lesions'][0]['features']
    assert facts['lesions'][0]['said'] == ['A person says: a.'] and not facts['lesions'][0]['changes']


def test_where_the_model_abstains_nothing_is_suggested(page):
    def flagged(case):
        for lesion in case.lesions:
            lesion.abstains['diagnosis'] = 'the photograph is flagged'
        case.flags = {'blurred': 0.01}
        return case
    text = text_of(page(ONE, change=flagged)[0])
    assert 'Flagged: blurred. The model should not be asked about this photograph.' in text
    assert 'The model abstains: the photograph is flagged.' in text and 'Suggests' not in text
    assert 'Probabilities' not in text.partition('others of the same base')[2].partition('Flagged')[2]
    assert 'Not ruled out' not in text
    text = text_of(page(ONE, 'fr', flagged)[0])
    assert 'inconnu' in text and 'training lesions' not in text
    assert "Le modèle s'abstient : la photographie est signalée." in text and 'Signalée : floue' in text


def test_nothing_comes_from_outside(page):
    html = page(ONE)[0].replace('http://www.w3.org/2000/svg', '')
    assert not re.search(r'https?://|src="(?!data:)|href="(?!data:)|@import|url\(', html)


def test_a_name_is_no_markup(page, packed):
    predictor, language = Predictor(packed[1]), Language('en')
    case = predictor(ONE)
    case.name = '<script>alert(1)</script>'
    html = render([facts_of(case, ONE, predictor, language)], language)
    assert '<script' not in html and '&lt;script' in html


@pytest.mark.parametrize('paper, size', [('A4', (595, 842)), ('letter', (612, 792))])
def test_the_pdf_is_tagged_and_of_the_paper(page, paper, size):
    html, facts = page(ONE)
    document = pypdfium2.PdfDocument(as_pdf(render([facts], Language('en'), paper)))
    assert tuple(round(each) for each in document[0].get_size()) == size and len(document) <= 2
    assert raw.FPDFCatalog_IsTagged(document) and not ImageFile.LOAD_TRUNCATED_IMAGES
    assert 'no medical device' in document[0].get_textpage().get_text_range()


def test_every_catalog_knows_every_sentence():
    template = (HERE / 'case.html.j2').read_text()
    code = ''.join(path.read_text() for path in HERE.glob('*.py'))
    said = {''.join(re.findall(r"'([^']*)'", part)) for part in re.findall(r"say\(\s*((?:'[^']*'\s*)+)", code)}
    said |= {text for text in re.findall(r"_\('([^']*)'\)", template)}
    assert len(said) > 40
    from lopm.evaluation.flags import FLAGS
    from lopm.findings import ABSTAINS
    from lopm.report.facts import LIMITS, SHOWN
    said |= {*ABSTAINS, *LIMITS, *FLAGS, *(f'measured {name}'.replace('_', ' ') for name in SHOWN)}
    catalog = Language('fr').catalog
    english = Language('en').catalog
    assert languages() == ['en', 'fr']
    missing = [text for text in said if text not in catalog._catalog and text.strip() and (text, 0) not in
               catalog._catalog and text not in ('model',)]
    assert not missing, missing
    for text, translated in catalog._catalog.items():
        if isinstance(text, str):
            assert set(re.findall(r'{\w+}', text)) == set(re.findall(r'{\w+}', translated)), text
    assert all(english.gettext(f'measured {name}'.replace('_', ' ')) != f'measured {name}' for name in SHOWN)


def test_every_word_of_the_oral_tasks_has_a_french_one():
    from mmengine.config import Config
    language = Language('fr')
    tasks = Config.fromfile(HERE.parents[1] / 'configs/_base_/oral_tasks.py').tasks
    names = [name for task in tasks[1:] for name in (task['name'], *task['classes'])]
    same = [name for name in names if language.word(name) == name.replace('_', ' ') and name != 'texture']
    assert not same, same


def test_numbers_as_the_language_writes_them():
    english, french = Language('en'), Language('fr')
    assert (english.number(1234.5), french.number(0.1234), french.number(float('nan'))) == ('1234', '0,123', '–')
    assert [english.percent(p).replace('\N{NO-BREAK SPACE}', ' ') for p in (0, .004, .5, 1)] == [
        '< 1 %', '< 1 %', '50 %', '> 99 %']
    assert english.words(['red', 'smooth_flat', 'x']) == 'red, smooth, flat or x'
    assert french.count('{number} lesion found', '{number} lesions found', 1) == '1 lésion trouvée'
    with pytest.raises(ValueError, match='language \'de\': there is no locale/de.po; take one of en, fr'):
        Language('de')


def test_a_third_language_is_one_file(monkeypatch, tmp_path):
    shutil.copy(FOLDER / 'fr.po', tmp_path / 'xx.po')
    monkeypatch.setattr('lopm.report.language.FOLDER', tmp_path)
    assert languages() == ['xx'] and Language('xx').word('red') == 'rouge'


def test_charts_by_hand():
    chart = chart_of([('color', [2., -1.]), ('texture', [0., 1.])], ['a', 'b'])
    bars = [tuple(map(float, each)) for each in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" '
                                                           r'height="7', chart)]
    assert bars[0][0] == bars[2][0] == bars[3][0] and bars[1][0] + bars[1][1] == bars[0][0]
    assert bars[0][1] == 2 * bars[1][1] == 2 * bars[3][1] and bars[2][1] == 0
    from lopm.pack.format import Range
    strip = strip_of(5., [Range(0., 2., 10., 9), None])
    assert 'M60.0 0' in strip and strip.count('<rect') == 1  # in the middle of its range


def test_the_command_goes_on_where_it_was(packed, tmp_path, capsys):
    photographs = tmp_path / 'photographs'
    photographs.mkdir()
    for name, image in {'a.png': ONE, 'b.png': FIVE}.items():
        Image.fromarray(image).save(photographs / name)
    (photographs / 'cut.png').write_bytes((photographs / 'a.png').read_bytes()[:9000])

    def run(*arguments):
        return command.main(command.parse_args([str(each) for each in (
            packed[1], photographs, '--out', tmp_path / 'out', *arguments)]))
    assert run() == 1
    said = capsys.readouterr()
    assert 'out: 2 reports written, 0 were there, 1 photographs left out' in said.out and 'cut.png' in said.err
    names = sorted(path.name for path in (tmp_path / 'out').iterdir() if path.suffix in ('.pdf', '.html'))
    assert names == ['a.png.html', 'a.png.pdf', 'b.png.html', 'b.png.pdf']
    (photographs / 'cut.png').unlink()
    (tmp_path / 'out/a.png.pdf').unlink()
    assert run() == 0 and '1 reports written, 1 were there' in capsys.readouterr().out
    with pytest.raises(ValueError, match="language is 'en' there and 'fr' here"):
        run('--language', 'fr')
    assert run('--fhir') == 0 and '2 reports written' in capsys.readouterr().out
    assert json.loads((tmp_path / 'out/b.png.fhir.json').read_text())['resourceType'] == 'Bundle'
    shutil.rmtree(tmp_path / 'out')
    assert run('--session', '--language', 'fr', '--no-pdf') == 0
    assert (tmp_path / 'out/session.html').read_text().count('<article>') == 2
    assert not (tmp_path / 'out/session.pdf').exists()


def test_what_is_no_pack_is_said(packed, tmp_path):
    Image.fromarray(ONE).save(tmp_path / 'a.png')
    run = packed[0]
    with pytest.raises(ValueError, match='no pack, and only a pack knows how far .* lopm pack .*run OUT'):
        command.main(command.parse_args([str(run), str(tmp_path / 'a.png'), '--out', str(tmp_path / 'out')]))


@pytest.mark.parametrize('size', [(1, 1), (400, 30), (3, 2)])
def test_a_photograph_of_any_shape_has_its_page(page, size):
    red = np.full((*size[::-1], 3), (200, 60, 60), np.uint8)
    html, facts = page(red)
    assert '<svg' in html and all(each['number'] for each in facts['lesions'])


@pytest.mark.parametrize('meta_head', [dict(type='MetaHead', task='diagnosis'), None], ids=['diagnosis', 'features'])
def test_a_model_without_outlines_speaks_of_the_photograph(tmp_path, meta_head):
    network = model(outline_head=None, meta_head=meta_head)
    if not meta_head:
        network['tasks'] = [task for task in network['tasks'] if task['name'] != 'diagnosis']
    made, remarks = pack(run_with_parts(tmp_path, model=network), tmp_path / 'pack')
    predictor, language = Predictor(tmp_path / 'pack', looked=True), Language('en')
    case = predictor(ONE)
    text = text_of(render([facts_of(case, ONE, predictor, language)], language))
    assert 'The model draws no outlines; it speaks of the whole photograph.' in text
    assert ('Suggests' in text or 'abstains' in text) == bool(meta_head) and 'color' in text
    case.photograph.abstains.update(dict.fromkeys(case.photograph.words, 'the photograph is flagged'))
    case.flags = {'dark': 0.01}
    text = text_of(render([facts_of(case, ONE, predictor, language)], language))
    assert 'Suggests' not in text and '%' not in text.partition('of the same base')[2]
