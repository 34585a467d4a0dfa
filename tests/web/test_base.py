"""A department's cases as a data set: whose word is whose, nothing that leads back to a person, tools that read it."""
import json
import os
import subprocess
import sys
import zipfile
from datetime import date

import pytest

from lopm.datasets.masks import decode_segmentation
from lopm.files import write_json
from tests import tiny_run
from tests.tiny_model import TASKS
from tests.tiny_run import RECORD
from tests.web.conftest import ROOT
from tests.web.department import WORDS, come, confirm, disc, draw, read_second, say, visit_of, work

TWO = (60, 60, 25), (140, 60, 20)


@pytest.fixture
def model(site, reader):
    """The page's model, as a worker has written it."""
    from lopm.web.speech import model_of
    write_json(site.model, model_of(reader.predictor))


@pytest.fixture
def photograph(people, browse, reader, model):
    """A photograph with two lesions, of the only patient."""
    return come(browse('carl'), reader, visit_of(people['carl'].department, 'CODE-7', age=61), *TWO)


def base(people, site, every=False):
    from lopm.web.base import base_of
    return base_of(people['carl'].department, site, every)


def only(found):
    """The photograph and the annotations of a base of one."""
    (image,) = found.content['images']
    return image, found.content['annotations']


def test_a_word_that_a_person_has_said_is_that_persons_all_else_the_models(photograph, browse, reader, people, site):
    say(browse('carl'), reader, photograph, 0, sharpness='blurred')
    image, (named, other) = only(base(people, site))
    assert named['attributes']['sharpness'] == 'blurred' and 'sharpness' not in named['source']
    assert named['source'].items() >= {'color': 'predicted', 'diagnosis': 'predicted', 'lesion': 'predicted'}.items()
    assert other['rater'] == reader.predictor.about['version'] != named['rater']
    assert set(other['source']) == {*other['attributes'], 'lesion'} and image['outlined'] is False


def test_outlines_that_a_person_has_drawn_are_as_they_stand_and_all_there_are(photograph, browse, reader, people, site):
    draw(browse('carl'), reader, photograph, disc(60, 60, 20))
    image, (drawn,) = only(base(people, site))
    assert image['outlined'] is True and 'lesion' not in drawn['source']
    assert drawn['segmentation'] == photograph.reading.case['lesions'][0]['outline']['rle']
    assert decode_segmentation(drawn['segmentation'], 128, 192).sum() == pytest.approx(3.1416 * 400, rel=.03)


def test_who_has_taken_every_lesion_away_says_that_there_is_none(photograph, browse, reader, people, site):
    draw(browse('carl'), reader, photograph)
    found = base(people, site)
    image, rows = only(found)
    assert image['outlined'] is True and rows == [] and found.facts['free'] == 1


def test_what_nobody_has_looked_at_is_left_out_or_the_models(photograph, people, site, reader):
    with pytest.raises(ValueError, match='No person has corrected'):
        base(people, site)
    image, rows = only(base(people, site, every=True))
    assert image['outlined'] is False and {row['rater'] for row in rows} == {reader.predictor.about['version']}


def test_what_a_person_has_confirmed_is_said_to_be_that(photograph, browse, people, site, reader):
    confirm(browse('carl'), photograph)
    image, rows = only(base(people, site))
    assert image['outlined'] is True and len(rows) == 2
    assert {said for row in rows for said in row['source'].values()} == {'confirmed'}
    assert all('lesion' not in row['source'] and row['rater'] != reader.predictor.about['version'] for row in rows)
    say(browse('carl'), reader, photograph, 0, sharpness='blurred')
    assert {said for row in only(base(people, site))[1] for said in row['source'].values()} == {'predicted'}


def test_second_readers_are_further_raters_of_the_lesions_that_overlap(photograph, browse, reader, people, site):
    assert read_second(browse('rita'), photograph, (disc(60, 60, 24), WORDS)).json() == {'blind': True}
    image, (own,) = only(base(people, site))
    assert own['attributes'] == WORDS and own['source'] == {} and own['blind'] and image['outlined']
    say(browse('carl'), reader, photograph, 0, sharpness='blurred')
    first, second = only(base(people, site))[1]
    assert first['lesion_id'] == second['lesion_id'] and first['rater'] != second['rater']
    confirm(browse('carl'), photograph)
    assert len({row['lesion_id'] for row in only(base(people, site))[1]}) == 2


def test_of_two_photographs_with_the_same_pixels_one_is_in_it(photograph, browse, reader, people, site):
    copy = come(browse('carl'), reader, visit_of(people['carl'].department, 'CODE-8'), *TWO)
    assert copy.pixels == photograph.pixels
    confirm(browse('carl'), copy)
    found = base(people, site, every=True)
    assert list(found.files.values()) == [site.photograph(copy.pk)] and found.facts['copies'] == 1


def test_who_has_read_blind_and_then_confirmed_is_one_rater(photograph, browse, people, site):
    assert read_second(browse('carl'), photograph, (disc(60, 60, 24), WORDS)).json() == {'blind': True}
    assert base(people, site).facts['own_second_readings'] == 0
    confirm(browse('carl'), photograph)
    found = base(people, site)
    image, rows = only(found)
    assert len(rows) == 2 and len({(row['lesion_id'], row['rater']) for row in rows}) == 2
    assert image['looked'] == {rows[0]['rater']: {}} and found.facts['own_second_readings'] == 1


def test_the_site_is_a_persons_word(photograph, browse, people, site):
    browse('carl').post(f'/photographs/{photograph.pk}/site/', {'site': 'floor_of_mouth'})
    confirm(browse('carl'), photograph)
    assert all(row['attributes']['site'] == ['floor_of_mouth'] and 'site' not in row['source']
               for row in only(base(people, site))[1])


def test_a_site_that_the_model_has_said_is_the_models_until_a_person_says_one(photograph, browse, reader, people, site):
    content, reading = json.loads(site.model.read_text()), photograph.reading
    content['definitions']['site'] = {'kind': 'multilabel', 'classes': ['gum', 'floor_of_mouth']}
    write_json(site.model, content)
    for lesion in reading.case['lesions']:
        lesion['words']['site'] = {'gum': .9}
    photograph.readings.all().delete()
    reading.save(force_insert=True)
    rows = only(base(people, site, every=True))[1]
    assert {(*row['attributes']['site'], row['source']['site']) for row in rows} == {('gum', 'predicted')}
    browse('carl').post(f'/photographs/{photograph.pk}/site/', {'site': 'floor_of_mouth'})
    rows = only(base(people, site, every=True))[1]
    assert {(*row['attributes']['site'], row['source'].get('site')) for row in rows} == {('floor_of_mouth', None)}


def test_words_that_the_model_of_today_does_not_know_are_left_out_and_counted(photograph, browse, people, site):
    confirm(browse('carl'), photograph)
    content = json.loads(site.model.read_text())
    content['definitions']['sharpness']['classes'] = ['crisp', 'soft']
    write_json(site.model, content)
    found = base(people, site)
    assert found.facts['unknown_words'] == 2 and all('sharpness' not in row['attributes'] for row in only(found)[1])


def test_no_code_no_account_and_no_day_is_in_it_and_names_stay(photograph, browse, reader, people, site, tmp_path):
    from lopm.web.base import write_zip
    later = come(browse('carl'), reader, visit_of(people['carl'].department, 'CODE-7', '2026-05-01'), (80, 60, 30))
    for each in (photograph, later):
        confirm(browse('carl'), each)
    first = base(people, site)
    write_zip(first, tmp_path / 'base.zip')
    with zipfile.ZipFile(tmp_path / 'base.zip') as archive:
        text = archive.read('all.json').decode()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert sorted(archive.namelist()) == sorted(['all.json', *first.files])
        for name, path in first.files.items():
            assert archive.read(name) == path.read_bytes()
    numbers = [str(each.pk) for each in (photograph, later, photograph.visit, photograph.patient)]
    words = 'CODE-7', 'carl', '2026-03-14', '2026-05-01', 'Oral Medicine', *numbers
    assert not [word for word in words if word in text]
    one, other = sorted(date.fromisoformat(image['visit']) for image in first.content['images'])
    assert (other - one).days == 48 and 1 <= (date(2026, 3, 14) - one).days <= 365
    assert base(people, site).content == first.content


def test_two_departments_share_no_name_and_no_case(photograph, browse, reader, people, site):
    from lopm.web.base import base_of, names_of
    other = come(browse('otto'), reader, visit_of(people['otto'].department, 'CODE-7'), (80, 60, 30))
    for name, each in (('carl', photograph), ('otto', other)):
        confirm(browse(name), each)
    here, there = (base_of(people[name].department, site) for name in ('carl', 'otto'))
    assert len(here.files) == len(there.files) == 1 and not here.files.keys() & there.files.keys()
    assert len({names_of(people[name].department, site).patient('7') for name in ('carl', 'otto')}) == 2


def test_a_base_is_made_by_the_worker_and_downloaded_by_who_may(photograph, browse, reader, site):
    from lopm.web.models import Entry
    confirm(browse('carl'), photograph)
    assert 'No base was made yet' in browse('anna').get('/export/').content.decode()
    assert browse('anna').get('/export.zip').status_code == 404
    for _ in range(2):  # asked for twice, made once
        browse('anna').post('/export/', {'every': '0'})
    assert browse('anna').get('/export/?ready=1').json() == {'ready': False}
    assert 'It is being made' in browse('carl').get('/export/').content.decode()
    work(reader)
    assert browse('anna').get('/export/?ready=1').json() == {'ready': True}
    assert '1 photograph of 1 patient' in ' '.join(browse('carl').get('/export/').content.decode().split())
    answer = browse('carl').get('/export.zip')
    assert b''.join(answer.streaming_content).startswith(b'PK') and 'attachment' in answer['Content-Disposition']
    said = list(Entry.objects.filter(what__startswith='base').values_list('account', 'what'))
    assert said == [('anna', 'base asked for'), ('carl', 'base downloaded')]
    assert [path.stat().st_mode & 0o77 for path in site.exports.rglob('*.zip')] == [0]


def test_a_reader_and_another_department_get_no_base(photograph, browse, reader):
    confirm(browse('carl'), photograph)
    browse('carl').post('/export/', {})
    work(reader)
    for address in ('/export/', '/export.zip', '/agreement/'):
        assert browse('rita').get(address).status_code == 403 and browse(None).get(address).status_code == 302
    assert browse('otto').get('/export.zip').status_code == 404
    assert 'No base was made yet' in browse('olga').get('/export/').content.decode()


def test_a_new_base_takes_the_place_of_the_one_before(photograph, browse, reader, site):
    for _ in range(2):
        browse('carl').post('/export/', {'every': '1'})
        work(reader)
    assert len(list(site.exports.rglob('*.zip'))) == 1 and browse('carl').get('/export.zip').status_code == 200


@pytest.mark.parametrize('what', ['patient', 'photograph'])
def test_with_a_patient_or_a_photograph_the_base_goes_that_holds_it(photograph, browse, reader, site, what):
    browse('carl').post('/export/', {'every': '1'})
    work(reader)
    (path,) = site.exports.rglob('*.zip')
    path.with_suffix('.zip.partial').write_bytes(b'of a worker that was killed')
    if what == 'patient':
        browse('carl').post(f'/patients/{photograph.patient.pk}/delete/', {'code': 'CODE-7'})
    else:
        browse('carl').post(f'/photographs/{photograph.pk}/delete/')
    assert not [path for path in site.exports.rglob('*') if path.is_file()]
    assert browse('carl').get('/export.zip').status_code == 404


def test_a_photograph_that_is_deleted_while_a_base_is_made_is_in_none(photograph, browse, reader, site, monkeypatch):
    from lopm.web import reading
    browse('carl').post('/export/', {'every': '1'})
    write = reading.write_zip

    def write_meanwhile(found, path):
        write(found, path)
        photograph.delete()
    monkeypatch.setattr(reading, 'write_zip', write_meanwhile)
    job = work(reader)
    assert job.state == 'failed' and 'deleted meanwhile' in job.problem
    assert not list(site.exports.rglob('*.zip'))
    assert 'deleted meanwhile' in browse('carl').get('/export/').content.decode()


def test_that_there_is_nothing_yet_is_said_in_words(people, browse, reader, model):
    browse('carl').post('/export/', {})
    work(reader)
    assert 'No person has corrected, confirmed or read' in browse('carl').get('/export/').content.decode()


def test_the_sweep_removes_a_base_that_no_row_knows(photograph, browse, reader, site, monkeypatch):
    from lopm.web import retention
    monkeypatch.setattr(retention, 'empty_journal', lambda: None)  # which cannot be while a test's transaction is open
    browse('carl').post('/export/', {'every': '1'})
    work(reader)
    (known,) = site.exports.rglob('*.zip')
    left = known.with_name('7f1c9a52-0000-4000-8000-000000000000.zip')
    for path in (known, left):
        path.touch()
        os.utime(path, (0, 0))
    retention.sweep()
    assert known.is_file() and not left.is_file()


@pytest.mark.slow
def test_what_the_page_has_written_is_checked_divided_and_trained_from(people, browse, reader, model, site, tmp_path):
    from lopm.web.base import write_folder
    for i in range(10):
        visit = visit_of(people['carl'].department, f'P{i}', sex=('female', 'male')[i % 2])
        photograph = come(browse('carl'), reader, visit, (40 + 11 * i, 50 + 3 * i, 18 + i), (30 + 9 * i, 110, 9))
        if i % 3 == 0:
            confirm(browse('carl'), photograph)
            read_second(browse('rita'), photograph)
        elif i % 3 == 1:
            draw(browse('carl'), reader, photograph)
        else:
            read_second(browse('rita'), photograph, (disc(40 + 11 * i, 50 + 3 * i, 17 + i), WORDS))
            say(browse('carl'), reader, photograph, 0, sharpness='not_assessable')
    path = write_folder(base(people, site), tmp_path / 'base')
    assert lopm('check', path, '--workers', '1') == 0
    assert lopm('split', path, tmp_path / 'parts', '--workers', '1') == 0
    assert lopm('train', config_for(tmp_path), '--data', tmp_path / 'parts', '--work-dir', tmp_path / 'run') == 0
    assert (tmp_path / 'run/last.pth').is_file()


def lopm(*arguments):
    return subprocess.run([sys.executable, '-m', 'lopm', *map(str, arguments)]).returncode


def config_for(folder):
    """A config of the page's tiny model, for two steps."""
    path = folder / 'tiny.py'
    path.write_text(f"""_base_ = ['{ROOT}/tests/study/small_config.py']
tasks = {TASKS!r}
record_fields = dict(_delete_=True, **{RECORD!r})
model = dict(_delete_=True, **{tiny_run.model()!r})
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=2, val_interval=2)
""")
    return path
