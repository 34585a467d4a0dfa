"""lopm split on photographs, and the doctor on what comes out of it."""
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from lopm.commands import split
from lopm.curation.doctor.dataset import find_parts, read_base
from lopm.curation.doctor.examination import examine, has_errors


@pytest.fixture
def tool():
    return lambda *arguments: split.main(split.parse_args([*map(str, arguments), '--workers', '1']))


@pytest.fixture
def whole(tmp_path):
    """Forty photographs of 20 patients; those of the last ten are the first ten's, mirrored. No two may be parted."""
    images, rows = [], []
    for i in range(40):
        noise = gaussian_filter(np.random.default_rng(i % 20).normal(size=(60, 80, 3)), (4, 4, 0))
        pixels = (127 + 600 * noise).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels if i < 20 else pixels[:, ::-1].copy()).save(tmp_path / f'{i}.png')
        images.append({'id': i, 'file_name': f'{i}.png', 'width': 80, 'height': 60, 'patient_id': f'P{i // 2}'})
        rows.append({'id': i, 'image_id': i, 'category_id': 1, 'segmentation': [[10, 10, 40, 10, 40, 40]],
                     'attributes': {'diagnosis': 'ab'[i % 2]}})
    (tmp_path / 'all.json').write_text(json.dumps({'images': images, 'annotations': rows,
                                                   'categories': [{'id': 1, 'name': 'lesion'}]}))
    return tmp_path / 'all.json'


@pytest.mark.slow
def test_the_doctor_finds_no_error_in_the_parts(tool, whole, tmp_path, capsys):
    tool(whole, tmp_path / 'parts', '--shares', 'train=0.5', 'test=0.5')
    out = capsys.readouterr().out
    assert 'parts: {"train": {"photographs": 20, "groups": 5, ' in out
    assert ('40 photographs in 10 groups that stay whole; joined by patient: 20, by near duplicate: 10, '
            'by same mouth: 0') in out
    parts = find_parts([tmp_path / 'parts'])
    assert [path.name for path in parts] == ['train.json', 'test.json']
    base = read_base(parts)
    findings = examine(base, tmp_path / 'facts.jsonl', workers=1)
    assert not has_errors(findings) and len(findings['near_duplicate']) == 20  # together, and said to be so
    numbers = {part: {each.image['id'] for each in rows} for part, rows in base.by_part().items()}
    assert all((i in numbers['train']) == (i + 20 in numbers['train']) for i in range(20))


@pytest.mark.slow
def test_folds_and_a_second_run(tool, whole, tmp_path):
    tool(whole, tmp_path / 'folds', '--folds', '4')
    first = {path.parent.name: path.read_text() for path in tmp_path.glob('folds/*/test.json')}
    assert sorted(first) == ['fold0', 'fold1', 'fold2', 'fold3']
    tool(whole, tmp_path / 'folds', '--folds', '4', '--seed', '7')  # nothing is new: nothing moves
    assert first == {path.parent.name: path.read_text() for path in tmp_path.glob('folds/*/test.json')}


@pytest.mark.slow
def test_a_base_without_centers_is_not_divided_by_them(tool, whole, tmp_path):
    with pytest.raises(ValueError, match='40 photographs have no center'):
        tool(whole, tmp_path / 'parts', '--by', 'center')
    assert not list(tmp_path.glob('parts/*.json'))


@pytest.mark.slow
def test_the_command_line_says_what_is_wrong_without_a_traceback(whole, tmp_path):
    command = [sys.executable, '-m', 'lopm', 'split', whole, tmp_path / 'parts', '--shares', 'train=0.5']
    done = subprocess.run([*command, '--workers', '1'], capture_output=True, text=True)
    assert done.returncode == 1 and 'sum to 0.5, not to 1' in done.stderr and 'Traceback' not in done.stderr
