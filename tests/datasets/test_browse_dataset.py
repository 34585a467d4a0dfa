
import numpy as np
from PIL import Image

from lopm.commands import browse
from tests.datasets.tiny import LOAD, RECORD_FIELDS, TASKS, build, image, lesion, square, write

PIPELINE = [*LOAD, dict(type='PackLesions')]


def described(dataset, item=0):
    return browse.describe(dataset[item], dataset.tasks, dataset.record_fields)


def test_lesions_are_described_rater_by_rater(tmp_path):
    either = {'any_of': ['erythroplakia', 'lichen_planus']}
    rows = [lesion(1, lesion_id='L1', rater='a', attributes={'color': ['red', 'white']}),
            lesion(2, lesion_id='L1', rater='b', attributes={'color': ['white'], 'diagnosis': either}),
            lesion(3, square(40, 5, 12), lesion_id='L2', rater='a')]
    dataset = build(tmp_path, [image(patient_id='P3', attributes={'quality': 'fair'})], rows, pipeline=PIPELINE)
    assert described(dataset) == [
        'photograph 1, patient P3', '1 L1 a: color white + red', '1 L1 b: color white; diagnosis lichen planus or '
        'erythroplakia', '2 L2: no label', 'quality fair']


def test_what_is_known_of_a_record_is_said_and_nothing_else(tmp_path):
    records = [{'age': 61, 'sex': 'female', 'tobacco': False}, {'age': None, 'tobacco': True}, {}]
    images = [image(i, record=record) for i, record in enumerate(records, 1)]
    fields = {**RECORD_FIELDS, 'tobacco': dict(words=[False, True])}
    dataset = build(tmp_path, images, [], pipeline=PIPELINE, record_fields=fields)
    assert [described(dataset, i)[0] for i in range(3)] == [
        'photograph 1, age 61, sex female, tobacco no', 'photograph 2, tobacco yes', 'photograph 3']


def test_words_of_a_whole_photograph_are_said_to_be_so(tmp_path):
    dataset = build(tmp_path, [image(outlined=False, attributes={'color': ['red']})], [], pipeline=PIPELINE)
    assert described(dataset) == ['photograph 1', 'as a whole: color red']


def test_a_bad_photograph_is_shown_as_bad(tmp_path):
    dataset = build(tmp_path, pipeline=PIPELINE)
    (tmp_path / 'p1.png').unlink()
    assert 'BAD' in described(dataset)[0]


def test_a_config_becomes_sheets(tmp_path):
    write(tmp_path, [image(i) for i in range(1, 19)], [lesion(i, of=i) for i in range(1, 19)])
    config = tmp_path / 'config.py'
    dataset = dict(type='LesionDataset', data_root=str(tmp_path), ann_file='train.json', pipeline=PIPELINE)
    config.write_text(f'default_scope = "lopm"\ntasks = {TASKS}\ntrain_dataloader = dict(dataset={dataset})')
    browse.main(browse.parse_args([str(config), '--out', str(tmp_path / 'out'), '--number', '17']))
    sheets = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert sheets == ['sheet_00.png', 'sheet_01.png']
    sheet = np.asarray(Image.open(tmp_path / 'out' / 'sheet_00.png')).reshape(-1, 3)
    assert any((sheet == browse.GREEN).all(1))


def test_the_head_of_a_sheet_explains_the_colors_that_are_on_it():
    def colors(maps):
        head = np.asarray(browse.draw_legend(maps))
        return [name for name, (color, _) in browse.LEGEND.items() if (head == color).all(-1).any()]
    assert colors(browse.LEGEND) == ['lesion', 'region', 'core', 'unknown']
    assert colors({'lesion', 'nearest', 'unknown'}) == ['lesion', 'unknown']
