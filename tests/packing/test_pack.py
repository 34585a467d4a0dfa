"""A run becomes a pack, the pack predicts as the run does, knows its doubt, and shows one flipped byte."""
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from lopm import Predictor
from lopm.commands import pack as command
from lopm.evaluation.calibration import scale_probabilities
from lopm.files import read_json, write_json
from lopm.followup import load_noise
from lopm.measure import NAMES
from lopm.pack.format import FILE, NOISE, read_content, write_content
from lopm.pack.open import Pack
from lopm.packing.card import lines_of
from tests.packing.tiny_pack import pack, run_with_parts
from tests.tiny_run import model, photograph, save_run

pytestmark = pytest.mark.usefixtures('known_outlines')

ONE, TWO = photograph((90, 60, 30)), photograph((40, 40, 18), (130, 80, 30))


def test_a_pack_says_what_the_run_says_scaled(packed):
    run, folder, _ = packed
    plain, sure = Predictor(run, flags=False)(TWO), Predictor(folder)(TWO)
    pack = Pack(folder)
    assert len(plain.lesions) == len(sure.lesions) == 2
    for before, after in zip(plain.lesions, sure.lesions):
        assert before.outline == after.outline and before.measured == after.measured
        assert before.because == after.because
        for name, row in before.read.rows.items():
            task = before.read.tasks[name]
            assert np.array_equal(row, after.read.rows[name])
            fitted = pack.content.doubt[name]['scaling'] if name in pack.content.doubt else None
            scaled = scale_probabilities(task, row, fitted) if fitted else row
            assert list(after.probabilities[name].values()) == pytest.approx(
                task.class_probabilities(scaled).tolist(), abs=1e-12)
    assert sure.model['pack_sha256'] == pack.content.sha256 and 'pack_sha256' not in plain.model
    assert sure.model['version'].startswith('discs ')


def test_what_can_be_said_of_doubt(packed):
    case = Predictor(packed[1])(ONE)
    lesion, (whole,) = case.lesions[0], [case.photograph]
    assert lesion.possible.keys() == {'sharpness', 'diagnosis'}  # of homogeneity fewer than 30 are labelled
    for name, words in lesion.possible.items():
        odds = lesion.probabilities[name]
        assert [odds[word] for word in words] == sorted((odds[word] for word in words), reverse=True)
    assert set(lesion.abstains) <= set(lesion.possible) and 'quality' not in whole.possible
    assert any('quality: 0 validation labels' in text for text in packed[2])
    assert any('36 validation photographs: too few to tell what is odd' in text for text in packed[2])
    assert case.flags is None


def test_a_correction_reads_the_scaled_diagnosis_again(packed):
    plain, sure = (Predictor(each, flags=False)(ONE).correct({'color': ['red'], 'sharpness': 'sharp'}).lesions[0]
                   for each in packed[:2])
    fitted = Pack(packed[1]).content.doubt['diagnosis']['scaling']
    task = plain.read.tasks['diagnosis']
    said = np.array(list(plain.probabilities['diagnosis'].values()))
    assert list(sure.probabilities['diagnosis'].values()) == pytest.approx(
        scale_probabilities(task, said, fitted).tolist(), abs=1e-9)
    assert sure.probabilities['color'] == {'white': 0, 'red': 1}  # as a person says it, and not scaled


def test_ranges_and_look_alikes(packed):
    content = read_content(packed[1])
    white = content.ranges['color']['white']
    assert white.keys() <= set(NAMES) and white['area'].lesions >= 5
    assert white['area'].low <= white['area'].middle <= white['area'].high
    assert white['area'].middle == pytest.approx(np.pi * 16 ** 2, rel=0.03)  # every disc of the base has this radius
    assert len(content.known) == 12 and not any(each.photograph for each in content.known)
    predictor = Predictor(packed[1])
    alike = predictor(packed[0].parent / 'base/images/train3.png').lesions[0].alike
    assert 1 <= len(alike) <= 2
    nearest = max((each for found in predictor.pack.alike(
        predictor.pack.index.vectors[2], 'diagnosis', 'abc').values() for each in found),
        key=lambda each: each['similarity'])
    assert nearest['lesion'] == 2 and nearest['similarity'] == pytest.approx(1, abs=1e-3)
    for word, found in alike.items():
        assert all(each['words']['diagnosis'] == word for each in found)
        assert len({content.known[each['lesion']].patient for each in found}) == len(found) <= 3


def test_the_card(packed):
    card, text = read_content(packed[1]).card, (packed[1] / 'card.md').read_text()
    assert card['parts']['train'] == {'photographs': 12, 'lesions': 12, 'patients': 12} and card['audited']
    assert card['doubt']['diagnosis']['lesions'] == 8 and card['doubt']['diagnosis']['promise'] == 0.9
    assert {'what': 'site', 'word': '', 'lesions': 0} in card['missing'] and 'site: nobody knows it' in text
    assert any(each['what'] == 'homogeneity' and each['lesions'] < 10 for each in card['missing'])
    assert card['training']['epochs'] == '3' and 'no medical device' in text and '| train | 12 | 12 | 12 |' in text
    assert {each['score'] for each in card['scores'] if each['task'] == 'outline'} == {'jaccard'}
    assert next(each['value'] for each in card['scores'] if each['task'] == 'outline') > 0.9


def test_one_flipped_bit_anywhere_is_refused(packed, tmp_path):
    rng = np.random.default_rng(0)
    for name in sorted(path.name for path in packed[1].iterdir()):
        for _ in range(4):
            copy = shutil.copytree(packed[1], tmp_path / 'copy', dirs_exist_ok=True)
            data = bytearray((copy / name).read_bytes())
            data[rng.integers(len(data))] ^= 1 << rng.integers(7)
            (copy / name).write_bytes(data)
            with pytest.raises(ValueError, match=name):
                Predictor(copy)


def test_a_missing_file_and_a_newer_format_are_said(packed, tmp_path):
    copy = shutil.copytree(packed[1], tmp_path / 'copy')
    content = read_json(copy / FILE)
    write_json(copy / FILE, {**content, 'format': 2})
    with pytest.raises(ValueError, match='a pack of format 2, and this lopm reads up to 1; install a newer lopm'):
        Predictor(copy)
    write_json(copy / FILE, content)
    (copy / 'index.safetensors').unlink()
    with pytest.raises(ValueError, match='index.safetensors: missing, or not what was written'):
        Predictor(copy)
    with pytest.raises(ValueError, match='used as it is'):
        Predictor(packed[1], options=['size=32'])


def test_a_pack_that_names_foreign_code_is_refused(packed, tmp_path):
    from lopm.pack.format import write_content
    copy = shutil.copytree(packed[1], tmp_path / 'copy')
    content = read_content(copy)
    config = json.loads(json.dumps(content.config))
    config['model']['neck']['type'] = 'os.system'
    kept = {key: getattr(content, key) for key in ('name', 'made', 'doubt', 'ranges', 'known', 'card', 'versions')}
    write_content(copy, config=config, **kept)
    with pytest.raises(ValueError, match='its config names os.system, which a pack may not start'):
        Predictor(copy)


def test_no_path_and_no_name_travels(packed):
    text = (packed[1] / FILE).read_text() + (packed[1] / 'card.md').read_text()
    assert str(packed[0].parent) not in text and 'train3' not in text and 'base/' not in text


def test_what_was_not_audited_is_packed_where_told_alone(packed, tmp_path):
    base = shutil.copytree(packed[0].parent / 'base', tmp_path / 'base')
    (base / 'audit.json').unlink()
    arguments = [str(packed[0]), str(tmp_path / 'pack'), '--data', str(base)]
    with pytest.raises(ValueError, match='no audit.json beside it'):
        command.main(command.parse_args(arguments))
    assert not (tmp_path / 'pack').exists() and not list(tmp_path.glob('.pack*'))
    command.main(command.parse_args([*arguments, '--unaudited', '--show-photographs', '--licence', 'CC0']))
    content = read_content(tmp_path / 'pack')
    assert not content.card['audited'] and content.card['licence'] == 'CC0' and content.name == 'pack'
    assert content.known[2].photograph == 'train3.png'
    assert 'was not audited' in (tmp_path / 'pack/card.md').read_text()
    with pytest.raises(ValueError, match='is there already'):
        command.main(command.parse_args(arguments))


@pytest.mark.parametrize('wanted, fix', [
    (dict(level=1.), 'between 0 and 1'), (dict(sets_by='site'), r"give everybody, class, or .* \(age, sex\)")])
def test_what_cannot_be_meant_is_refused_at_once(packed, tmp_path, wanted, fix):
    with pytest.raises(ValueError, match=fix):
        pack(packed[0], tmp_path / 'pack', **wanted)


def test_sets_by_a_field_of_the_record(packed, tmp_path):
    content, _ = pack(packed[0], tmp_path / 'pack', sets_by='sex', scaling='temperature', level=0.5)
    sets = content.doubt['diagnosis']['sets']
    assert sets['by'] == 'sex' and sets['limits'].keys() == {'female', 'male'} and sum(sets['lesions'].values()) == 36
    assert {each['method'] for each in content.doubt.values()} == {'temperature'}


def test_an_ensemble_packs_as_one(packed, tmp_path):
    others = save_run(tmp_path / 'other', seed=1) / 'best.pth'
    run = run_with_parts(tmp_path, predict_with=dict(flips=['none', 'horizontal'], others=[str(others)]))
    pack(run, tmp_path / 'pack')
    assert (tmp_path / 'pack/weights_1.safetensors').is_file()
    plain, packed = Predictor(run, flags=False), Predictor(tmp_path / 'pack')
    assert len(packed.network.members) == 2
    before, after = (each(ONE).lesions[0].read.rows for each in (plain, packed))
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert packed.about['weights_sha256'] != plain.about['weights_sha256']


def test_a_photograph_that_is_gone_is_left_out(tmp_path):
    run = run_with_parts(tmp_path)
    (tmp_path / 'base/images/train3.png').unlink()
    content, remarks = pack(run, tmp_path / 'pack')
    assert any('left out' in text and 'train3.png' in text for text in remarks)
    assert len(content.known) == 11 and content.card['parts']['train']['photographs'] == 11
    image = Image.open(tmp_path / 'base/images/train4.png')
    assert Predictor(tmp_path / 'pack')(image).lesions and torch.is_grad_enabled()


def test_odd_photographs_are_flagged_and_not_asked_about(tmp_path):
    run = run_with_parts(tmp_path, counts={'train': 30, 'val': 60, 'test': 4})
    pack(run, tmp_path / 'pack')
    predictor = Predictor(tmp_path / 'pack')
    dark = (ONE * 0.2).astype(np.uint8)
    dark[..., 0] += 40 * (ONE[..., 0] == 200).astype(np.uint8)
    case = predictor(dark)
    assert 'dark' in case.flags
    for lesion in case.lesions:
        assert lesion.abstains and set(lesion.abstains.values()) == {'the photograph is flagged'}


def test_a_base_of_words_alone_is_said_to_have_no_look_alikes(tmp_path, recwarn):
    run = run_with_parts(tmp_path, model=model(outline_head=None))
    for part in ('train', 'val', 'test'):
        content = read_json(tmp_path / f'base/{part}.json')
        words = [row['attributes'] for row in content['annotations']]
        images = [{**image, 'attributes': each, 'outlined': False} for image, each in zip(content['images'], words)]
        write_json(tmp_path / f'base/{part}.json', {**content, 'images': images, 'annotations': []})
    content, remarks = pack(run, tmp_path / 'pack', unaudited=True)
    assert content.known == [] and content.ranges == {} and content.doubt['diagnosis']
    assert 'no training lesion has an outline: there are no look-alikes, and no ranges of what is measured' in remarks
    case = Predictor(tmp_path / 'pack')(ONE)
    assert case.lesions == [] and case.photograph.possible['diagnosis'] is not None
    assert not [each for each in recwarn if each.category is RuntimeWarning]


def test_a_part_of_which_none_can_be_read_is_refused_by_name(tmp_path, capsys):
    run = run_with_parts(tmp_path, counts={'train': 4, 'val': 4, 'test': 1})
    (tmp_path / 'base/images/test1.png').write_bytes(b'no photograph')
    with pytest.raises(ValueError, match=r'base/test.json: 0 of its 1 photographs can be read; .*test1.png: '):
        pack(run, tmp_path / 'pack')
    assert not (tmp_path / 'pack').exists()


def test_a_pack_whose_figures_are_not_defined_can_be_read(tmp_path):
    """Of two test lesions of one patient no diagnosis is certain, and all grades are alike."""
    run = run_with_parts(tmp_path, counts={'train': 4, 'val': 36, 'test': 2})
    content = read_json(tmp_path / 'base/test.json')
    for image, row in zip(content['images'], content['annotations']):
        image['patient_id'] = 'test1'
        row['attributes'] |= {'sharpness': 'sharp', 'diagnosis': {'any_of': ['a', 'b']}}
    write_json(tmp_path / 'base/test.json', content)
    pack(run, tmp_path / 'pack', unaudited=True)
    card = read_content(tmp_path / 'pack').card
    assert 'coverage' not in card['doubt']['diagnosis'] and 'nan' not in (tmp_path / 'pack/card.md').read_text()
    assert not [each for each in card['scores'] if each['task'] == 'sharpness' and each['score'] == 'auroc']


def test_a_card_says_null_where_an_end_is_not_known(packed, tmp_path):
    content = read_content(packed[1])
    content.card['scores'][0]['low'] = float('nan')
    found = write_content(tmp_path, **{name: getattr(content, name) for name in (
        'name', 'made', 'config', 'doubt', 'ranges', 'known', 'card', 'versions')})
    assert found.card['scores'][0]['low'] is None and read_content(tmp_path) == found
    assert '| – to ' in '\n'.join(lines_of(content.card))


def test_a_noise_floor_is_sealed_and_stands_on_the_card(packed, tmp_path):
    replace(load_noise(), source='a clinic of ours', count=31).save(tmp_path / 'clinic.json')
    command.main(command.parse_args([str(packed[0]), str(tmp_path / 'pack'), '--noise', str(tmp_path / 'clinic.json')]))
    kept = Pack(tmp_path / 'pack')
    assert kept.noise == load_noise(tmp_path / 'clinic.json')
    assert kept.content.card['noise'] == {'source': 'a clinic of ours', 'lesions': 31}
    assert 'Noise floor: a clinic of ours; 31 lesions' in (tmp_path / 'pack/card.md').read_text()
    replace(kept.noise, count=32).save(tmp_path / 'pack' / NOISE)
    with pytest.raises(ValueError, match='noise.json: missing, or not what was written'):
        Predictor(tmp_path / 'pack')
    (tmp_path / 'pack' / NOISE).unlink()
    with pytest.raises(ValueError, match='noise.json: missing, or not what was written'):
        Predictor(tmp_path / 'pack')


def test_a_noise_floor_that_is_put_beside_a_pack_is_none_of_it(packed, tmp_path):
    """Nor has a pack without one a word of it on its card: so packs were before there was any."""
    copy = shutil.copytree(packed[1], tmp_path / 'copy')
    load_noise().save(copy / NOISE)
    assert Pack(copy).noise is None and 'noise' not in Pack(copy).content.card
    assert 'Over visits' not in (copy / 'card.md').read_text()


def test_what_is_no_noise_floor_is_refused_before_anything_is_read(packed, tmp_path):
    (tmp_path / 'clinic.json').write_text('{"source": "a clinic"}')
    with pytest.raises(ValueError, match='clinic.json'):
        command.main(command.parse_args(
            [str(packed[0]), str(tmp_path / 'pack'), '--noise', str(tmp_path / 'clinic.json')]))
    assert not (tmp_path / 'pack').exists()
