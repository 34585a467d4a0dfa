"""A photograph in, a case out: from wherever it comes, as tools/test.py says it, with what is wrong said."""
import json
import logging
import shutil

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger
from PIL import Image
from pycocotools import mask as coco_mask

from lopm import Predictor
from lopm.datasets.lesions import LesionDataset
from lopm.datasets.photographs import BadPhotograph
from lopm.evaluation.flags import FLAGS, Flags, save_flags
from lopm.files import sha256
from lopm.measure import NAMES
from lopm.models.base import LesionModel
from tests.tiny_model import TASKS
from tests.tiny_run import PIPELINE, RECORD, find_red, model, photograph, save_run

ONE, TWO, NONE = photograph((90, 60, 30), blue=True), photograph((40, 40, 18), (130, 80, 30)), photograph(blue=True)


@pytest.fixture(autouse=True)
def known_outlines(monkeypatch):
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    return save_run(tmp_path_factory.mktemp('run'))


@pytest.fixture
def predictor(run):
    return Predictor(run, batch_size=2)


@pytest.fixture
def folder(tmp_path):
    """A folder with a photograph, a damaged one and one further down."""
    (tmp_path / 'photographs/more').mkdir(parents=True)
    for name, image in {'a.png': ONE, 'b.png': NONE, 'more/c.png': TWO}.items():
        Image.fromarray(image).save(tmp_path / 'photographs' / name)
    (tmp_path / 'photographs/b.png').write_bytes((tmp_path / 'photographs/b.png').read_bytes()[:-5000])
    (tmp_path / 'photographs/notes.txt').write_text('no photograph')
    return tmp_path / 'photographs'


@pytest.fixture
def said():
    """What is logged, as texts."""
    texts, handler = [], logging.Handler()
    handler.emit = lambda record: texts.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield texts
    logger.removeHandler(handler)


def content(case):
    """A case as json, without its name."""
    return json.loads(json.dumps({**case.to_json(), 'name': None}, allow_nan=False))


def near(one, other):
    """Whether two values of json are the same but for rounding."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    return one == pytest.approx(other, abs=1e-4) if isinstance(one, float) else one == other


def test_a_photograph_is_the_same_case_wherever_it_comes_from(predictor, folder):
    path, image = folder / 'a.png', Image.open(folder / 'a.png')
    case = predictor(path, record={'age': 61})
    assert case.name == 'a.png' and case.size == [192, 128] and len(case.lesions) == 1 and case.lesions[0].measured
    for other in (str(path), path.read_bytes(), image, ONE):
        assert near(content(predictor(other, record={'age': 61})), content(case))


def test_a_photograph_stands_upright(predictor, folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(ONE)).save(folder / 'turned.png', exif=exif)
    for given in (folder / 'turned.png', (folder / 'turned.png').read_bytes(), Image.open(folder / 'turned.png')):
        assert near(content(predictor(given)), content(predictor(ONE)))


def test_a_case_says_what_a_test_scores(predictor, folder):
    """Through the data set and the model as tools/test.py runs them."""
    record = {'age': 61, 'sex': 'female'}
    images = [{'id': i, 'file_name': name, 'width': 192, 'height': 128, 'record': record}
              for i, name in enumerate(['a.png', 'more/c.png'])]
    (folder / 'test.json').write_text(json.dumps({
        'images': images, 'annotations': [], 'categories': [{'id': 1, 'name': 'lesion'}]}))
    dataset = LesionDataset('test.json', TASKS, str(folder), record_fields=RECORD, pipeline=PIPELINE, test_mode=True)
    items = [dataset[i] for i in range(2)]
    samples = predictor.network.test_step({key: [item[key] for item in items] for key in items[0]})
    for image, sample in zip(images, samples):
        case = predictor(folder / image['file_name'], record)
        assert len(case.lesions) == len(sample.pred_lesions) > 0
        decoded = {name: coco_mask.decode(rle) for name, rle in case.masks.items()}
        assert np.array_equal(decoded['mouth'], sample.pred_masks['mouth'])
        for i, lesion in enumerate(case.lesions):
            assert np.array_equal(coco_mask.decode(lesion.outline['rle']), sample.pred_map == i + 1)
            assert lesion.score == pytest.approx(float(sample.pred_lesions.scores[i]))
        for said, rows in [*zip(case.lesions, sample.pred_lesions), (case.photograph, sample.pred_image)]:
            for name in set(rows.keys()) - {'scores'}:
                probabilities = predictor.tasks[name].class_probabilities(rows[name][0].numpy())
                assert list(said.probabilities[name].values()) == pytest.approx(probabilities.tolist(), abs=1e-5)


def test_outlines_are_where_the_lesion_is(predictor):
    lesion, = predictor(ONE).lesions
    x, y, width, height = lesion.outline['box']
    assert (x + width / 2, y + height / 2) == pytest.approx((90.5, 60.5), abs=1) and width == pytest.approx(61, abs=3)
    drawn, = coco_mask.decode(coco_mask.frPyObjects(lesion.outline['polygons'], 128, 192)).transpose(2, 0, 1)
    found = coco_mask.decode(lesion.outline['rle'])
    assert (drawn & found).sum() / (drawn | found).sum() > 0.97
    assert lesion.score == pytest.approx(0.9, abs=0.05)
    assert set(lesion.measured) == set(NAMES) and lesion.measured['area']['unit']


def test_without_a_lesion_the_rest_is_said(predictor):
    case = predictor(NONE)
    assert case.lesions == [] and case.photograph.words['quality'] and case.photograph.probabilities['diagnosis']
    assert coco_mask.decode(case.masks['mouth'])[:, :44].all()


def test_a_folder_a_list_and_a_bad_photograph_among_them(predictor, folder):
    cases = predictor(folder)
    assert [case.name for case in cases] == ['a.png', 'b.png', 'more/c.png']
    assert [len(case.lesions) for case in cases] == [1, 0, 2]
    assert 'b.png: damaged' in cases[1].bad and not cases[0].bad and not cases[2].bad
    listed = predictor([folder / 'more/c.png', folder / 'gone.png', TWO])
    assert [case.name for case in listed] == ['c.png', 'gone.png', '2'] and 'the file is missing' in listed[1].bad
    assert near(content(listed[0]), content(listed[2])) and near(content(listed[0]), content(cases[2]))


@pytest.mark.parametrize('image', ['b.png', b'no image', 'cut'])
def test_one_bad_photograph_is_an_error(predictor, folder, image):
    given = {'b.png': folder / 'b.png', 'cut': Image.open(folder / 'b.png')}.get(image, image)
    with pytest.raises(BadPhotograph, match=r'^(\S*b.png|0): .*(damaged|no image)'):
        predictor(given)


def test_what_goes_while_it_is_looked_at_is_bad(predictor, folder, monkeypatch):
    look = predictor.look
    monkeypatch.setattr(predictor, 'look', lambda data, seen: [look(data), (folder / 'a.png').unlink()][0])
    first, last = predictor([folder / 'a.png', TWO])
    assert 'a.png: the file is missing' in first.bad and not first.lesions and not last.bad and len(last.lesions) == 2


def test_a_stream_reads_two_batches_ahead_and_no_more(run, monkeypatch):
    predictor = Predictor(run, batch_size=4, measured=False)
    monkeypatch.setattr(predictor, 'answer', lambda batch: [each.given.name for each in batch])
    taken = []

    def photographs():
        for i in range(100):
            taken.append(i)
            yield NONE
    for i, name in enumerate(predictor.stream(photographs())):
        assert name == str(i) and len(taken) <= i // 4 * 4 + 4 + 8
    assert len(taken) == 100


@pytest.mark.parametrize('given, words', [
    (3, 'a int is no photograph'), (ONE / 255, r'photograph 0: float64 \[128, 192, 3\] is no photograph; give uint8'),
    (ONE[..., 0], 'is no photograph'), (ONE[:0], 'is no photograph')])
def test_what_is_no_photograph_is_refused(predictor, given, words):
    with pytest.raises(ValueError, match=words):
        predictor(given)


def test_what_a_record_holds_in_vain_is_said(predictor, said):
    predictor([ONE, TWO], {'0': {'age': 61, 'habits': 'x', 'birth': 'y'}, '1': {'age': 61, 'habits': 'x'}})
    assert said == ['birth, habits: not read by this model (it reads age, sex); kept with the case']
    del said[:]
    case = predictor(ONE, {'age': 610, 'habits': 'x'})
    assert said == ['photograph 0: age of its record is a number that nobody has; read as missing']
    assert case.record == {'age': 610, 'habits': 'x'} and near(case.lesions[0].words, predictor(ONE).lesions[0].words)
    del said[:]
    predictor([ONE], {'0': {'age': 61}, 'a.png': {'age': 61}})
    assert said == ['1 records are of no photograph that was given, such as that of a.png']


def test_a_record_is_read(predictor):
    young, old = (predictor(ONE, {'age': age}).lesions[0].probabilities['diagnosis']['a'] for age in (20, 90))
    assert abs(young - old) > 1e-4
    with pytest.raises(ValueError, match='^photograph: 0: record field sex: is none of female, male'):
        predictor(ONE, {'sex': 'Frau'})


def test_a_record_of_two_photographs_is_refused(predictor, folder):
    shutil.copy(folder / 'a.png', folder / 'more/a.png')
    both = [folder / 'a.png', folder / 'more/a.png']
    assert len(predictor(both)) == 2
    with pytest.raises(ValueError, match='two photographs are called a.png'):
        predictor(both, {'a.png': {'age': 61}})
    assert [case.record for case in predictor(folder, {'more/a.png': {'age': 61}})] == [{}, {}, {'age': 61}, {}]


def test_an_ensemble_says_the_mean(run, tmp_path):
    save_run(tmp_path / 'other', seed=1)
    both = Predictor(save_run(tmp_path / 'both', predict_with=dict(others=[str(tmp_path / 'other/best.pth')])))
    one, other, mean = (each(ONE).lesions[0] for each in (Predictor(run), Predictor(tmp_path / 'other'), both))
    assert near(one.outline['box'], mean.outline['box'])
    for task, said in mean.probabilities.items():
        for word, p in said.items():
            assert p == pytest.approx((one.probabilities[task][word] + other.probabilities[task][word]) / 2, abs=1e-5)
    for feature, added in mean.because['diagnosis'].items():
        for word, number in added.items():
            wanted = (one.because['diagnosis'][feature][word] + other.because['diagnosis'][feature][word]) / 2
            assert number == pytest.approx(wanted, abs=1e-5)
    case = both(ONE)
    again = case.correct({'color': ['white']}).lesions[0].probabilities['diagnosis']
    alone = [each(ONE).correct({'color': ['white']}).lesions[0].probabilities['diagnosis']
             for each in (Predictor(run), Predictor(tmp_path / 'other'))]
    assert again['b'] == pytest.approx((alone[0]['b'] + alone[1]['b']) / 2, abs=1e-5)
    assert case.model['weights_sha256'] == [sha256(tmp_path / f'{name}/best.pth') for name in ('both', 'other')]


def test_a_model_without_outlines_speaks_of_the_photograph(tmp_path):
    case = Predictor(save_run(tmp_path, model=model(outline_head=None)))(ONE)
    assert case.lesions == [] and case.masks == {} and case.photograph.words['diagnosis']
    assert case.correct({'color': ['white']}, 'photograph').photograph.corrected == {'color': ['white']}


def test_a_diagnosis_of_the_whole_photograph(tmp_path):
    tasks = [*TASKS, dict(name='risk', kind='ordinal', level='image', classes=['low', 'middle', 'high'])]
    heads = dict(color=dict(type='ColorHead', tasks=['color', 'diagnosis']),
                 quality=dict(type='FeatureHead', tasks=['quality']),
                 others=dict(type='FeatureHead', tasks=['sharpness', 'homogeneity']))
    case = Predictor(save_run(tmp_path, model=model(
        tasks=tasks, feature_heads=heads, meta_head=dict(type='MetaHead', task='risk'))))(ONE)
    assert 'risk' not in case.lesions[0].words and case.lesions[0].because == {}
    assert set(case.photograph.because['risk']) == {'quality'}
    assert set(case.photograph.because['risk']['quality']) == {'above low', 'above middle'}
    risk = [case.correct({'quality': word}, 'photograph').photograph.probabilities['risk'] for word in ('poor', 'good')]
    assert abs(risk[0]['high'] - risk[1]['high']) > 1e-4


def test_odd_photographs_are_flagged(run, tmp_path):
    shutil.copy(run / 'best.pth', tmp_path)
    channels = 8 * 4
    usual = {name: np.linspace(0.2, 0.8, 99) for name in {name for name, _ in FLAGS.values()}}
    usual.update(brightness=np.linspace(20, 200, 99), blur=np.full(99, 1e6), distance=np.full(99, 1e9))
    flags = Flags(np.zeros(channels), np.eye(channels), usual, sha256(tmp_path / 'best.pth'))
    save_flags(tmp_path / 'flags.safetensors', flags)
    for predictor in (Predictor(tmp_path), Predictor(tmp_path / 'best.pth')):
        dark, clear = predictor([NONE // 20, ONE])
        assert dark.flags == {'dark': pytest.approx(0.01), 'no lesion': pytest.approx(0.01)} and clear.flags == {}
    assert Predictor(run)(NONE).flags is None
    mirrored = save_run(tmp_path / 'mirrored', predict_with=dict(flips=['none', 'horizontal']))
    save_flags(mirrored / 'flags.safetensors', Flags(
        np.zeros(channels), np.eye(channels), usual, sha256(mirrored / 'best.pth')))
    assert Predictor(mirrored)(NONE // 20).flags == dark.flags
    with pytest.raises(ValueError, match='fitted to other weights'):
        Predictor(run, flags=mirrored / 'flags.safetensors')
    with pytest.raises(ValueError, match='the smallest p is 0.01: none is below a rate of 0.001'):
        Predictor(tmp_path, rate=0.001)


def test_a_run_is_its_folder_its_checkpoint_or_a_config_and_weights(run, tmp_path):
    shutil.copy(run / 'best.pth', tmp_path / 'last.pth')
    assert Predictor(tmp_path).checkpoint == tmp_path / 'last.pth'
    save_run(tmp_path, seed=1)
    first = Predictor(tmp_path)
    assert first.checkpoint == tmp_path / 'best.pth' and first.about['model'] == tmp_path.name
    other = Predictor(tmp_path / 'last.pth')
    assert first.about['config_sha256'] == other.about['config_sha256']
    assert first.about['weights_sha256'] != other.about['weights_sha256'] == Predictor(run).about['weights_sha256']
    smaller = [*PIPELINE[:2], dict(type='FitPhotograph', size=(32, 48)), PIPELINE[3]]
    changed = Predictor(save_run(tmp_path / 'changed', pipeline=smaller))
    assert changed.about['config_sha256'] != first.about['config_sha256']


@pytest.mark.parametrize('parts, words', [
    (dict(model=model(neck=dict(type='subprocess.Popen', args=['touch', 'x']))), 'names subprocess.Popen, which a che'),
    (dict(pipeline=[*PIPELINE, dict(type='mmengine.utils.path.os.remove')]), 'names mmengine.utils.path.os.remove'),
    (dict(custom_imports=dict(imports=['own_heads'])), 'code of its own, own_heads, which .*import own_heads first')])
def test_a_checkpoint_starts_no_foreign_code(run, tmp_path, parts, words):
    from tests.tiny_run import config
    checkpoint = torch.load(run / 'best.pth', weights_only=True)
    checkpoint['meta']['config_json'] = json.dumps(config(**parts))
    torch.save(checkpoint, tmp_path / 'best.pth')
    with pytest.raises(ValueError, match=words):
        Predictor(tmp_path)


def test_what_is_no_run_is_said(run, tmp_path):
    torch.save({'state_dict': {}}, tmp_path / 'weights.pth')
    (tmp_path / 'config.py').write_text('tasks = []')
    with pytest.raises(FileNotFoundError, match='neither best.pth nor last.pth'):
        Predictor(tmp_path)
    with pytest.raises(ValueError, match='weights.pth: holds no config; give both'):
        Predictor(tmp_path / 'weights.pth')
    with pytest.raises(ValueError, match='config.py: a config, which holds no weights'):
        Predictor(tmp_path / 'config.py')
    with pytest.raises(ValueError, match='a folder, and .*best.pth beside it; give one of them'):
        Predictor(run, checkpoint=run / 'best.pth')
    with pytest.raises(ValueError, match='options change a config file'):
        Predictor(run, options=['size=96'])
    with pytest.raises(ValueError, match='batch_size=0'):
        Predictor(run, batch_size=0)
    with pytest.raises(ValueError, match='no such folder of photographs'):
        next(Predictor(run).stream(tmp_path / 'gone'))
    with pytest.raises(ValueError, match='no photograph in it'):
        Predictor(run)(tmp_path)


def disc(x, y, radius, size=(192, 128)):
    rows, columns = np.ogrid[:size[1], :size[0]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius ** 2


def test_a_lesion_is_read_within_the_outline_that_a_person_has_drawn(predictor):
    case = predictor(TWO, {'age': 50})
    found = [lesion.outline['rle'] for lesion in case.lesions]
    again = predictor.outlined(TWO, [coco_mask.decode(rle) > 0 for rle in found], {'age': 50}, case, 'Dr. A')
    for before, after in zip(case.lesions, again.lesions):
        assert after.outline == before.outline and after.measured == before.measured and after.score is None
        assert all(np.allclose(before.read.rows[name], after.read.rows[name], atol=0.02) for name in before.read.rows)
    assert again.history[0]['by'] == 'Dr. A' and again.history[0]['before']['outlines'] == [
        lesion.outline['polygons'] for lesion in case.lesions]
    assert [each['by'] for each in predictor.outlined(TWO, [], None, again, 'B').history] == ['Dr. A', 'B']
    assert predictor.outlined(TWO, []).lesions == [] and again.to_json()['lesions'][0]['score'] is None


def test_another_outline_gives_other_words(predictor):
    square = [[100, 40, 170, 40, 170, 110, 100, 110]]
    one, other = (predictor.outlined(TWO, [outline]).lesions[0] for outline in (disc(40, 40, 18), square))
    assert other.outline['box'] == [100, 40, 70, 70] and other.measured['area']['value'] == 4900
    assert one.measured['red']['value'] > 0.9 > other.measured['red']['value']
    assert not np.allclose(one.read.rows['diagnosis'], other.read.rows['diagnosis'], atol=1e-4)
    assert predictor.outlined(TWO, [square]).correct({'color': ['red']}).lesions[0].corrected == {'color': ['red']}


@pytest.mark.parametrize('outline, fix', [
    ([[300, 300, 340, 300, 340, 340]], 'holds no pixel of the photograph, which has 192 x 128'),
    (np.zeros((128, 192), bool), 'outline 0: holds no pixel'), (np.ones((192, 128), bool), r'a mask of \[192, 128\]'),
    ([[1, 2]], 'points')])
def test_an_outline_that_is_none_is_refused(predictor, outline, fix):
    with pytest.raises(ValueError, match=fix):
        predictor.outlined(TWO, [outline])


def test_where_heads_looked(run, predictor):
    asked = Predictor(run, looked=True)
    case = asked(TWO)
    for lesion in case.lesions:
        assert lesion.looked.keys() == {'color', 'sharpness', 'homogeneity'} == lesion.read.maps.keys()
        x, y, width, height = lesion.outline['box']
        for name, seen in lesion.read.maps.items():
            assert seen.shape == (32, 48) and 0 <= lesion.looked[name] <= 1
            row, column = np.unravel_index(seen.argmax(), seen.shape)  # a quarter of the photograph's pixels
            assert abs(4 * column - x - width / 2) < width and abs(4 * row - y - height / 2) < height
    plain = predictor(TWO)
    assert plain.lesions[0].looked == {} and plain.lesions[0].words == case.lesions[0].words
    drawn = asked.outlined(TWO, [coco_mask.decode(each.outline['rle']) > 0 for each in case.lesions]).lesions[0]
    assert drawn.looked['color'] == pytest.approx(case.lesions[0].looked['color'], abs=0.05)
    assert asked(NONE).lesions == [] and case.to_json()['lesions'][0]['looked'] == case.lesions[0].looked
