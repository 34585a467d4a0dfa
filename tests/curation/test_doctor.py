"""The doctor on forty planted faults, on sound bases, on real photographs, and as a command."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

from lopm.commands import check
from lopm.curation.doctor import facts as facts_module
from lopm.curation.doctor.check_labels import class_counts
from lopm.curation.doctor.dataset import find_parts, read_base
from lopm.curation.doctor.examination import by_photograph, examine, has_errors
from lopm.curation.doctor.repair import repair
from lopm.curation.doctor.table import CHECKS
from lopm.datasets.synthetic.generate import ensure_synthetic
from tests.curation.plant_faults import plant_faults, sound_base

pytestmark = pytest.mark.slow

REPO = Path(__file__).parents[2]
RULES = Config.fromfile(REPO / 'configs/_base_/oral_rules.py').rules
MADE = 96  # photographs


def doctor(folder, tasks=None, files=None):
    base = read_base(files or find_parts([folder]), tasks, RULES)
    return base, examine(base, folder / 'doctor/facts.jsonl', workers=1)


@pytest.fixture(scope='module')
def builtin(tmp_path_factory):
    """The built-in photographs and what is found in them; what is known of their pixels stays beside their copies."""
    folder = ensure_synthetic(tmp_path_factory.mktemp('builtin') / 'base', MADE, workers=1)
    return folder, *doctor(folder)


@pytest.fixture(scope='module')
def sound(builtin, tmp_path_factory):
    return sound_base(shutil.copytree(builtin[0], tmp_path_factory.mktemp('sound') / 'base'), MADE)


@pytest.fixture(scope='module')
def planted(sound, tmp_path_factory):
    folder = shutil.copytree(sound, tmp_path_factory.mktemp('planted') / 'base')
    return folder, plant_faults(folder), *doctor(folder)


@pytest.fixture
def small(sound, tmp_path):
    """The first two photographs of the sound base, to be damaged: folder and content."""
    content = json.loads((sound / 'train.json').read_text())
    content['images'] = content['images'][:2]
    names = {image['id'] for image in content['images']}
    content['annotations'] = [row for row in content['annotations'] if row['image_id'] in names]
    (tmp_path / 'images').mkdir()
    for image in content['images']:
        shutil.copy(sound / image['file_name'], tmp_path / image['file_name'])

    def examined():
        (tmp_path / 'train.json').write_text(json.dumps(content))
        return {name: found for name, found in doctor(tmp_path)[1].items() if found}
    return tmp_path, content, examined


def names(fault, finding):
    """Whether a finding names all that a fault is about."""
    return (set(fault.photographs) <= {name for _, name in finding.photographs}
            and set(fault.annotations) <= set(finding.annotations)
            and all(word in finding.words for word in fault.words))


def test_every_planted_fault_is_found(planted):
    _, faults, _, findings = planted
    assert len(faults) == 40 and len({fault.kind for fault in faults}) == 20
    missed = [fault for fault in faults if not any(names(fault, each) for each in findings[fault.kind])]
    assert not missed


def test_what_else_is_said_follows_from_a_planted_fault(planted):
    """An outline that was moved no longer fits its box, a glaring photograph is bright, and the like."""
    _, faults, _, findings = planted
    damaged = {name for fault in faults for name in fault.photographs}
    beside = {(name, each.words) for name, found in findings.items() for each in found
              if each.photographs and not damaged & {photograph for _, photograph in each.photographs}}
    assert not beside
    more = {name: len(found) - 2 for name, found in findings.items() if len(found) > 2}
    assert more.keys() <= {'contradictory_labels', 'outlines_overlap', 'box_or_area', 'glare'}


def test_nothing_is_said_of_a_sound_base(sound):
    assert not any(doctor(sound)[1].values())


def test_what_is_said_of_the_built_in_photographs_is_true(builtin):
    """Their raters err by design, and their features are drawn one by one: nothing else is found than that."""
    _, base, findings = builtin
    assert not has_errors(findings)
    assert {name for name, found in findings.items() if found} <= {'contradictory_labels', 'class_missing'}
    rows = {row['id']: row['attributes'] for part in base.parts.values() for row in part['annotations']
            if 'attributes' in row}
    for finding in findings['contradictory_labels']:
        said = {'color': [], 'texture': [], 'diagnosis': '', **rows[finding.annotations[0]]}
        is_broken = {
            'homogeneity is defined': 'homogeneity' in said and 'white' not in said['color'],
            'a speckled': said.get('homogeneity') == 'homogeneous' and {'white', 'red'} <= set(said['color']),
            'a nodular': said.get('homogeneity') == 'homogeneous' and 'nodular_granular' in said['texture'],
            'a verrucous': said.get('homogeneity') == 'homogeneous' and 'verrucous_papillary' in said['texture'],
            'the diagnosis says non-': (said.get('homogeneity'), said['diagnosis']) ==
                                       ('homogeneous', 'non_homogeneous_leukoplakia'),
            'the diagnosis says homogeneous': (said.get('homogeneity'), said['diagnosis']) ==
                                              ('non_homogeneous', 'homogeneous_leukoplakia'),
            'homogeneous leukoplakia is': (said['diagnosis'] == 'homogeneous_leukoplakia'
                                           and 'white' not in said['color']),
            'erythroplakia is': said['diagnosis'] == 'erythroplakia' and 'red' not in said['color']}
        assert next(broken for start, broken in is_broken.items() if finding.words.startswith(start)), finding


@pytest.mark.skipif('LOPM_ISIC2017' not in os.environ, reason='LOPM_ISIC2017 does not name the folder of ISIC 2017')
def test_on_real_photographs_nothing_is_said_but_that_patients_are_unknown(tmp_path):
    photographs = Path(os.environ['LOPM_ISIC2017']) / 'ISIC-2017_Training_Data'
    chosen = sorted(photographs.glob('*.jpg'))[::50]
    from lopm.commands.convert import isic2017
    lesions = [isic2017.read_lesion(path.stem, photographs.parent) for path in chosen]
    (tmp_path / 'images').symlink_to(photographs)
    cases = [{'name': path.stem, 'record': {}, 'diagnosis': 'nevus'} for path in chosen]
    content = isic2017.to_coco(cases, dict(zip((path.stem for path in chosen), lesions)),
                               dict.fromkeys(isic2017.STAND_INS, (0, 1)), {})
    (tmp_path / 'train.json').write_text(json.dumps(content))
    base, findings = doctor(tmp_path, Config.fromfile(REPO / 'configs/isic2017.py').tasks)
    assert len(base.photographs) >= 30
    assert {name for name, found in findings.items() if found} == {'patient_unknown'}


def test_the_worst_photograph_comes_first(planted):
    *_, findings = planted
    rows = [[check.severity for check, _ in found] for _, found in by_photograph(findings)]
    badness = [(found.count('error'), found.count('remark')) for found in rows]
    assert badness == sorted(badness, reverse=True) and badness[0][0] > 0 == badness[-1][0]


def run(*arguments):
    """The exit status of the tool, in this process."""
    return check.main(check.parse_args([*map(str, arguments), '--workers', '1']))


def test_the_command_writes_one_file_for_people_and_one_for_programs(planted, tmp_path, capsys):
    folder, faults, base, findings = planted
    shutil.copytree(folder / 'doctor', tmp_path / 'out')  # what was measured; nothing is read again
    assert run(folder, '--out', tmp_path / 'out') == 1
    assert 'error       2  patient_in_two_parts' in capsys.readouterr().out
    report = json.loads((tmp_path / 'out/report.json').read_text())
    assert report['errors'] is True
    assert {row['name']: row['found'] for row in report['checks']} == {n: len(found) for n, found in findings.items()}
    assert sum(counts['train'] for counts in report['tables']['classes']['diagnosis'].values()) > 50
    assert report['tables']['raters']['outline']['agreement'] > .7
    page = (tmp_path / 'out/report.html').read_text()
    assert not re.search(r'(src|href)="(?!data:)', page)  # it opens anywhere
    pairs = 2 * len(report['pairs'])  # a mouth that a planted patient shares with another
    assert page.count('<img src="data:image/jpeg') == len(by_photograph(findings)) - 4 + pairs  # missing, unreadable
    assert all(photograph in page for fault in faults for photograph in fault.photographs)


def test_remarks_alone_are_no_failure(small):
    folder, content, examined = small
    content['annotations'][1]['attributes'] = {}
    assert list(examined()) == ['lesion_without_labels']
    assert run(folder, '--out', folder / 'out') == 0


def test_text_from_the_json_does_not_become_part_of_the_page(small):
    folder, content, examined = small
    next(row for row in content['annotations'] if 'attributes' in row)['attributes']['color'] = ['<script>alert(1)']
    examined()
    assert run(folder, '--out', folder / 'out') == 1
    assert '<script>' not in (folder / 'out/report.html').read_text()


def test_without_tasks_the_report_says_what_did_not_run(small, capsys):
    folder, content, examined = small
    del content['info']['tasks']
    assert examined() == {}
    assert run(folder, '--out', folder / 'out') == 0
    out = capsys.readouterr().out
    not_run = out.partition('not run, as no tasks are known (give --tasks CONFIG): ')[2].partition('\n')[0]
    assert {'unknown_word', 'of_no_patient'} < set(not_run.split(', '))
    assert 'unknown_word' not in out.partition('nothing found by: ')[2].partition('\n')[0]
    assert run(folder, '--out', folder / 'out', '--tasks', REPO / 'configs/isic2017.py') == 1


def test_what_nobody_named_is_one_line_and_what_was_looked_for_another(small, capsys):
    """Words of whole photographs alone: the table of classes has the two that were said, and no rows of zeros."""
    folder, content, examined = small
    content['annotations'] = []
    for image, word in zip(content['images'], ('erythroplakia', 'lichen_planus')):
        image.update(outlined=False, attributes={'diagnosis': word})
    examined()
    assert run(folder, '--out', folder / 'out') == 0
    report, page = json.loads((folder / 'out/report.json').read_text()), (folder / 'out/report.html').read_text()
    table, _, below = page.partition('by class; ')[2].partition('</table>')
    assert re.findall(r'<tr><td>(.*?)</td><td>(.*?)</td>\s*<td class="number">(.)</td>', table) == [
        ('diagnosis', 'erythroplakia', '1'), ('', 'lichen planus', '1')]
    never = below[:below.index('</p>')]
    assert re.search(r'Named nowhere:\s+color;\s+texture;', never) and 'erythroplakia' not in never
    assert re.search(r'diagnosis \(homogeneous leukoplakia, .*\)', never)
    assert report['tables']['classes']['color']['red'] == {'train': 0}  # the json has all
    said = capsys.readouterr().out.partition('nothing found by: ')[2].partition('\n')[0]
    assert set(said.split(', ')) == set(CHECKS)


@pytest.mark.parametrize('damage, kind', [
    (lambda base: base['annotations'][0].update(image_id=999), 'annotation_of_nothing'),
    (lambda base: base['annotations'][0].update(category_id=9), 'annotation_of_nothing'),
    (lambda base: base['annotations'][0].update(id=base['annotations'][1]['id']), 'listed_twice'),
    (lambda base: base['images'].append({**base['images'][0], 'id': 999}), 'listed_twice'),
    (lambda base: base['annotations'].append({**base['annotations'][1], 'id': 999}), 'listed_twice'),
    (lambda base: base['annotations'][1].update(iscrowd=1), 'box_or_area'),
    (lambda base: base['annotations'][1].update(bbox=[1, 2, 3]), 'box_or_area'),
    (lambda base: base['annotations'][1]['attributes'].update(colour=['white']), 'unknown_task'),
    (lambda base: base['images'][0].update(patient_id=''), 'patient_unknown'),
    (lambda base: base['images'][0].update(attributes={'colour': 'white'}), 'unknown_task'),
    (lambda base: base['images'][0].update(attributes={'color': ['whit']}), 'unknown_word')])
def test_faults_of_entries(small, damage, kind):
    _, content, examined = small
    damage(content)
    assert list(examined()) == [kind]


def test_a_category_that_no_task_reads_is_no_healthy_photograph(small):
    _, content, examined = small
    content['categories'][0]['name'] = 'Lesion'
    assert 'category_unread' not in examined()  # the photographs say that they are outlined
    for image in content['images']:
        del image['outlined']
    content['annotations'] = [row for row in content['annotations'] if row['category_id'] == 1]
    (finding,) = examined()['category_unread']
    assert finding.words == "part train: on 2 photographs nothing but 'Lesion' is outlined, which no task reads"


def test_free_of_lesions_and_a_word_about_one(small):
    _, content, examined = small
    image = content['images'][0]
    content['annotations'] = [row for row in content['annotations'] if row['image_id'] != image['id']]
    image.update(outlined=True, attributes={'diagnosis': 'lichen_planus'})
    (finding,) = examined()['free_and_named']
    assert finding.photographs == (('train', image['file_name']),) and 'named are diagnosis' in finding.words
    image['outlined'] = False
    assert 'free_and_named' not in examined()


def test_places_and_healthy_photographs_teach_no_outline(small):
    _, content, examined = small
    content['images'][0]['outlined'] = True
    for row in content['annotations']:
        row.pop('segmentation')
    assert [finding.words for finding in examined()['nothing_outlined']] == [
        f'part train: no lesion has an outline, and {sum(i.get("outlined", False) for i in content["images"])} '
        'photographs are said to be outlined']


def test_words_of_whole_photographs_are_counted_and_repaired(small):
    folder, content, examined = small
    content['annotations'] = []
    for image, word in zip(content['images'], ('lichen_planus', 'Lichen planus')):
        image.update(outlined=False, attributes={'diagnosis': word})
    (finding,) = examined()['unknown_word']
    assert finding.photographs == (('train', content['images'][1]['file_name']),)
    base = read_base([folder / 'train.json'])
    examine(base, folder / 'doctor/facts.jsonl', workers=1)
    (path,) = repair(base, [folder / 'train.json'])
    assert class_counts(read_base([path]))['diagnosis']['lichen_planus'] == {'train.fixed': 2}


def test_an_outline_on_the_edge_is_not_outside(small):
    _, content, examined = small
    width = content['images'][0]['width']
    row = content['annotations'][1]
    row.update(segmentation=[[width - 60, 10, width + .9, 10, width + .9, 90, width - 60, 90]], bbox=None, area=None)
    assert examined().keys() <= {'outlines_overlap'}
    row['segmentation'][0][2] = width + 1.2
    assert 'outline_outside' in examined()


def test_the_frame_of_a_photograph_is_no_lesion(small):
    _, content, examined = small
    width, height = content['images'][0]['width'], content['images'][0]['height']
    row = content['annotations'][0]
    row.update(segmentation=[[0, 0, width, 0, width, height, 0, height]], bbox=None, area=None)
    (finding,) = examined()['outline_fills_photograph']
    assert finding.annotations == (row['id'],) and finding.words == 'covers 100% of the photograph'


def test_every_check_says_why_and_what_to_do():
    assert len(CHECKS) > 25
    assert all(check.why and check.fix and check.severity in ('error', 'remark') for check in CHECKS.values())


def test_what_was_measured_is_kept_until_something_changes(small, monkeypatch):
    folder, content, examined = small
    read = []
    real = facts_module.photograph_facts
    monkeypatch.setattr(facts_module, 'photograph_facts',
                        lambda *job, **folder: read.append(job[0]) or real(*job, **folder))
    examined()
    assert len(read) == 2
    cache = folder / 'doctor/facts.jsonl'
    lines = cache.read_text().splitlines(keepends=True)
    cache.write_text(lines[0] + lines[1][:50])  # killed while writing the second
    examined()
    assert len(read) == 3
    content['annotations'][0]['segmentation'][0][0] += 1
    examined()
    assert len(read) == 4
    photograph = folder / content['images'][1]['file_name']
    photograph.write_bytes(photograph.read_bytes() + b' ')
    examined()
    assert len(read) == 5
    examined()
    assert len(read) == 5


def test_what_has_one_right_answer_is_repaired_in_a_new_file(small):
    folder, content, examined = small
    rows = [row for row in content['annotations'] if 'attributes' in row]
    rows[0]['attributes'] = {'color': ['White', 'white', 'yellow-fibrinous'], 'homogeneity': 'Non Homogeneous',
                             'diagnosis': {'any_of': ['lichen planus', 'whatever']}}
    rows[0]['bbox'] = [0, 0, 1, 1]
    rows[1]['iscrowd'] = 1
    examined()
    before = (folder / 'train.json').read_text()
    base, _ = doctor(folder)
    written = repair(base, [folder / 'train.json'])
    assert written == {folder / 'train.fixed.json': {'words': 3, 'bbox': 1, 'iscrowd': 1}}
    assert (folder / 'train.json').read_text() == before
    fixed = {row['id']: row for row in json.loads((folder / 'train.fixed.json').read_text())['annotations']}
    assert fixed[rows[0]['id']]['attributes'] == {
        'color': ['white', 'yellow_fibrinous'], 'homogeneity': 'non_homogeneous',
        'diagnosis': {'any_of': ['lichen_planus', 'whatever']}}  # what "whatever" means nobody knows
    _, after = doctor(folder, files=[folder / 'train.fixed.json'])
    assert {name for name, found in after.items() if found} == {'unknown_word'}
    with pytest.raises(ValueError, match='train.fixed.json is there already'):
        repair(doctor(folder)[0], [folder / 'train.json'])


@pytest.mark.parametrize('content, words', [
    ('{"images": [', 'no valid json'), ('[]', 'no COCO json'),
    ('{"images": [{"id": 1, "file_name": "a.jpg", "width": 0, "height": 3}], "annotations": [], "categories": []}',
     r'images.0..width .a.jpg.: Expected int >= 1')])
def test_a_file_that_is_no_data_set_is_named(tmp_path, content, words):
    (tmp_path / 'all.json').write_text(content)
    with pytest.raises(ValueError, match=f'all.json: .*{words}'):
        run(tmp_path / 'all.json')
    assert not (tmp_path / 'doctor').exists()


def test_the_command_line_says_what_is_wrong_without_a_traceback(tmp_path):
    (tmp_path / 'all.json').write_text('{"images": [')
    command = [sys.executable, '-m', 'lopm', 'check', tmp_path / 'all.json']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and 'all.json: no valid json' in done.stderr and 'Traceback' not in done.stderr


def test_an_empty_folder_and_an_empty_base(tmp_path):
    with pytest.raises(ValueError, match='holds none of train.json, val.json, calib.json, test.json; name the json'):
        find_parts([tmp_path])
    with pytest.raises(ValueError, match='a folder is named alone'):
        find_parts([tmp_path / 'all.json', tmp_path])
    (tmp_path / 'test.json').write_text('{"images": [], "annotations": [], "categories": []}')
    assert not any(doctor(tmp_path)[1].values())


def test_a_folder_that_was_not_divided_yet_is_its_all_json(tmp_path):
    (tmp_path / 'all.json').touch()
    assert find_parts([tmp_path]) == [tmp_path / 'all.json']
    (tmp_path / 'val.json').touch()
    assert find_parts([tmp_path]) == [tmp_path / 'val.json']
