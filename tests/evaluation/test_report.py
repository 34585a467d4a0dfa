import hashlib
import json

import pytest

from lopm.evaluation.report import write_metrics


def test_scores_keep_their_order_nan_is_null_and_files_are_named_by_content(tmp_path):
    write_metrics(tmp_path / 'new' / 'metrics.json', {'outline/jaccard': 0.5, 'color/auroc': float('nan')},
                  ('configs/multitask.py', 'model = 1'))
    content = json.loads((tmp_path / 'new' / 'metrics.json').read_text())
    assert content == {'config': 'multitask.py', 'config_sha256': hashlib.sha256(b'model = 1').hexdigest(),
                       'outline/jaccard': 0.5, 'color/auroc': None}
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['metrics.json']


def test_a_failed_write_leaves_the_last_file(tmp_path):
    path = tmp_path / 'metrics.json'
    write_metrics(path, {'a': 1.0})
    with pytest.raises(TypeError):
        write_metrics(path, {'a': 'no number'})
    assert json.loads(path.read_text()) == {'a': 1.0}
