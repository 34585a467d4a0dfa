"""How far readers agree: counted by lopm's own statistics on what each has said, too few said to be too few."""
import re

import pytest
from sklearn.metrics import cohen_kappa_score

from lopm.datasets.format import task_info
from lopm.files import write_json
from lopm.tasks import build_tasks
from tests.tiny_model import TASKS
from tests.web.conftest import MODEL, SAID
from tests.web.department import disc, visit_of

SIZE = 192, 128
GRADES = 'sharp', 'middle', 'blurred'
FIRST = [0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 1, 2]
SECOND = [0, 0, 1, 1, 1, 1, 2, 2, 0, 0, 1, 2]


@pytest.fixture(autouse=True)
def model(site):
    write_json(site.model, {**MODEL, 'definitions': task_info(build_tasks(TASKS))})


def rle(outline):
    from lopm.curation.outlines import as_text
    from lopm.datasets.masks import encode_segmentation
    return as_text(encode_segmentation(outline, SIZE[1], SIZE[0]))


def case(photograph, *lesions):
    """The case of lesions ``(outline, words, corrected)``, as json holds it."""
    return {'name': str(photograph.pk), 'size': list(SIZE), 'model': {'version': 'discs 1'}, 'lesions': [
        {'outline': {'rle': rle(outline), 'polygons': outline}, 'corrected': corrected,
         'words': {name: {word: .9} for name, word in words.items()}} for outline, words, corrected in lesions]}


@pytest.fixture
def photographs(people):
    """``photographs(n)``: photographs of as many patients, on which the model has found a sharp lesion at the left."""
    from lopm.web.models import Photograph

    def make(number):
        found = []
        for i in range(number):
            visit = visit_of(people['carl'].department, f'P{len(found)}')
            each = Photograph.objects.create(visit=visit, state='read', digest=f'{i}', width=SIZE[0], height=SIZE[1])
            version(each, 'model', case(each, (disc(60, 60, 25), {'sharpness': 'sharp'}, {})))
            found.append(each)
        return found
    return make


def version(photograph, what, content, by=None):
    from lopm.web.models import Reading
    Reading.objects.create(photograph=photograph, number=photograph.readings.count() + 1, what=what, case=content,
                           live=b'', said=SAID, by=by)


def second(photograph, by, *lesions, blind=True):
    from lopm.web.models import SecondReading
    SecondReading.objects.create(photograph=photograph, by=by, blind=blind, lesions=[
        {'polygons': outline, 'words': words} for outline, words in lesions])


def count(people, site):
    """The tables by what they are of, and how many readings are left out."""
    from lopm.web.agreement import agreement_of
    found = agreement_of(people['carl'].department, site)
    return {each['of']: each for each in found['tables']}, found['not_blind']


def row(table, task='sharpness', word=''):
    (found,) = (each for each in table['rows'] if (each['task'], each['word']) == (task, word))
    return found


def test_agreement_of_two_blind_readers_is_what_other_programs_count(people, site, photographs):
    for each, one, other in zip(photographs(12), FIRST, SECOND):
        second(each, people['carl'], (disc(60, 60, 20), {'sharpness': GRADES[one]}))
        second(each, people['rita'], (disc(62, 60, 20), {'sharpness': GRADES[other]}))
    tables, not_blind = count(people, site)
    table = tables['persons']
    assert (table['compared'], table['patients'], table['lesions'], not_blind) == (12, 12, 24, 0)
    found = row(table)
    assert (found['lesions'], found['patients'], found['ordered']) == (12, 12, True)
    assert found['observed'][0] == pytest.approx(10 / 12)
    assert found['kappa'][0] == pytest.approx(cohen_kappa_score(FIRST, SECOND, weights='quadratic'))
    for figure in (found['observed'], found['kappa'], found['alpha']):
        value, low, high = figure
        assert low < value < high
    assert table['found'] == [1, 1, 1]
    assert table['overlap'][0] == pytest.approx(dice(disc(60, 60, 20), disc(62, 60, 20)))


def dice(one, other):
    from lopm.datasets.masks import decode_segmentation
    one, other = (decode_segmentation(each, SIZE[1], SIZE[0]) for each in (one, other))
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def test_blind_readers_are_compared_with_what_the_model_said_first(people, site, photographs):
    for i, each in enumerate(photographs(12)):
        version(each, 'words', case(each, (disc(60, 60, 25), {'sharpness': 'blurred'}, {'sharpness': 'blurred'})),
                people['carl'])
        second(each, people['rita'], (disc(60, 60, 24), {'sharpness': 'sharp' if i < 9 else 'blurred'}))
    tables, _ = count(people, site)
    assert row(tables['blind'])['observed'][0] == pytest.approx(.75)
    assert row(tables['persons'])['observed'][0] == pytest.approx(.25)
    assert tables['confirmed']['compared'] == 0  # of a corrected case the other words may not have been looked at


def test_words_that_no_person_has_said_or_confirmed_are_nobodys(people, site, photographs):
    for each in photographs(1):
        words = {'sharpness': 'blurred', 'diagnosis': 'a'}
        version(each, 'outlines', case(each, (disc(60, 60, 25), words, {'sharpness': 'blurred'})), people['carl'])
        second(each, people['rita'], (disc(60, 60, 24), words))
    tables, _ = count(people, site)
    assert row(tables['persons'])['lesions'] == 1 and row(tables['persons'], 'diagnosis')['lesions'] == 0
    assert tables['confirmed']['compared'] == 0


def test_confirmed_cases_are_compared_with_the_model_apart(people, site, photographs):
    for i, each in enumerate(photographs(12)):
        corrected = {'sharpness': 'blurred'} if i < 3 else {}
        version(each, 'confirm', case(each, (disc(60, 60, 25), {'sharpness': 'sharp'} | corrected, corrected)),
                people['carl'])
    tables, _ = count(people, site)
    assert row(tables['confirmed'])['observed'][0] == pytest.approx(.75) and tables['blind']['compared'] == 0
    assert tables['persons']['compared'] == 0


def test_raters_of_a_base_are_not_taken_for_people_who_had_seen_the_model(people, site, photographs):
    for each in photographs(10):
        content = case(each, (disc(60, 60, 25), {'sharpness': 'sharp'}, {'sharpness': 'sharp'}))
        version(each, 'outlines', content)
        second(each, people['rita'], (disc(60, 60, 24), {'sharpness': 'sharp'}))
    tables, _ = count(people, site)
    assert tables['confirmed']['compared'] == 0 and tables['persons']['compared'] == 10


def test_readers_who_had_seen_the_case_are_left_out_and_counted(people, site, photographs):
    (each,) = photographs(1)
    second(each, people['carl'], (disc(60, 60, 20), {'sharpness': 'sharp'}), blind=False)
    second(each, people['rita'], (disc(60, 60, 20), {'sharpness': 'sharp'}))
    tables, not_blind = count(people, site)
    assert not_blind == 1 and tables['persons']['compared'] == 0 and tables['blind']['compared'] == 1


def test_what_one_person_says_twice_is_no_agreement(people, site, photographs):
    (each,) = photographs(1)
    second(each, people['carl'], (disc(60, 60, 20), {'sharpness': 'sharp'}))
    version(each, 'confirm', case(each, (disc(60, 60, 25), {'sharpness': 'sharp'}, {})), people['carl'])
    assert count(people, site)[0]['persons']['compared'] == 0


def test_lesions_that_only_one_has_outlined_are_counted_and_have_no_words(people, site, photographs):
    for each in photographs(12):
        for name, y in (('carl', 60), ('rita', 100)):
            second(each, people[name], *((place, {'sharpness': 'sharp'})
                                         for place in (disc(60, 60, 20), disc(140, y, 20))))
    table = count(people, site)[0]['persons']
    assert table['found'] == [.5, .5, .5] and row(table)['lesions'] == 12
    assert row(table)['alpha'][0] is None  # one word only: there is nothing to agree on


def test_words_are_counted_one_by_one_and_what_cannot_be_judged_not(people, site, photographs):
    for i, each in enumerate(photographs(12)):
        second(each, people['carl'], (disc(60, 60, 20), {'color': ['red'], 'sharpness': 'not_assessable'}))
        second(each, people['rita'], (disc(60, 60, 20), {'color': ['red', 'white'][:1 + i % 2], 'sharpness': 'sharp'}))
    table = count(people, site)[0]['persons']
    assert row(table, 'color', 'red')['observed'][0] == 1 and row(table, 'color', 'white')['observed'][0] == .5
    assert row(table)['lesions'] == 0


def test_too_few_patients_have_no_interval_and_the_page_says_so(people, site, photographs, browse):
    from lopm.web.models import Made
    for number, enough in ((9, False), (10, True)):
        Made.objects.all().delete()
        for each, one, other in zip(photographs(number), FIRST, SECOND):
            second(each, people['carl'], (disc(60, 60, 20), {'sharpness': GRADES[one]}))
            second(each, people['rita'], (disc(60, 60, 20), {'sharpness': GRADES[other]}))
        text = page(people, site, browse)
        assert ('Too few to tell: 10 patients are the fewest' in text) != enough
        assert ('substantial' in text) == enough and ('too few</strong>' in text) != enough
        people['carl'].department.patient_set.all().delete()


def page(people, site, browse):
    """The page after a worker has counted."""
    from lopm.web import jobs
    from lopm.web.reading import Reader
    browse('anna').post('/agreement/')
    assert browse('anna').get('/agreement/?ready=1').json() == {'ready': False}
    Reader(None, site).do(jobs.claim('here', jobs.LONG))
    assert browse('anna').get('/agreement/?ready=1').json() == {'ready': True}
    return browse('carl').get('/agreement/').content.decode()


def test_another_department_counts_for_itself(people, site, photographs, browse):
    for each in photographs(10):
        second(each, people['carl'], (disc(60, 60, 20), {'sharpness': 'sharp'}))
        second(each, people['rita'], (disc(60, 60, 20), {'sharpness': 'sharp'}))
    page(people, site, browse)
    assert 'Nothing was counted yet' in browse('olga').get('/agreement/').content.decode()
    from lopm.web.agreement import agreement_of
    assert all(each['compared'] == 0 for each in agreement_of(people['otto'].department, site)['tables'])


def test_a_page_without_readings_says_what_it_takes(people, site, browse):
    assert 'Nothing was counted yet' in browse('carl').get('/agreement/').content.decode()
    assert 'There is no such photograph yet' in page(people, site, browse)


def test_lesions_that_nobody_else_has_outlined_have_no_table_of_words(people, site, photographs, browse):
    (each,) = photographs(1)
    second(each, people['rita'], (disc(140, 60, 20), {'sharpness': 'sharp'}))
    text = page(people, site, browse)
    assert 'No lesion was outlined by both' in text and 'answered by one alone' not in text


def test_figures_are_said_in_the_language_of_who_looks(people, site, photographs, browse):
    people['carl'].language = 'fr'
    people['carl'].save()
    for each, one, other in zip(photographs(12), FIRST, SECOND):
        second(each, people['carl'], (disc(60, 60, 20), {'sharpness': GRADES[one]}))
        second(each, people['rita'], (disc(60, 60, 20), {'sharpness': GRADES[other]}))
    text = page(people, site, browse)
    assert '83\N{NO-BREAK SPACE}% (' in text and re.search(r'>0,\d+ \(0,\d+ ', text)
