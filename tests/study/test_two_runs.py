"""Two runs whose difference is known, and runs that cannot be compared."""
import csv
from dataclasses import replace

import numpy as np
import pytest

from lopm.commands import compare
from lopm.evaluation.predictions import write_predictions
from lopm.study.two_runs import compare_runs
from tests.study.test_results import ABOUT, rows


@pytest.fixture
def files(tmp_path):
    better = rows('t', 200, 0)
    worse = [replace(row, outline=row.outline._replace(jaccard=0.6), on_pred={
        **row.on_pred, 'diagnosis': np.full((1, 3), 1 / 3)}) for row in better]
    return [write_predictions(tmp_path / f'{name}.parquet', each, ABOUT)
            for name, each in (('better', better), ('worse', worse[::-1]))]


def test_the_difference_is_the_first_minus_the_second(files):
    found = {(each.task, each.of): each for each in compare_runs(*files, outlines='on_pred')}
    assert found['outline', 'difference'][4:7] == pytest.approx((.2, .2, .2))
    assert found['diagnosis', 'difference'].low > 0.1 and found['diagnosis', 'second'].value == 0.5
    assert found['color', 'difference'].value == 0 and found['color', 'difference'].lesions == 200
    on_true = {(each.task, each.of): each for each in compare_runs(*files, ['diagnosis'])}
    assert on_true['diagnosis', 'difference'].value == 0  # what was made worse is on predicted outlines


def test_other_photographs_and_other_words_are_refused(files, tmp_path):
    others = write_predictions(tmp_path / 'others.parquet', rows('u', 200, 0), ABOUT)
    with pytest.raises(ValueError, match='not of the same lesions: 400 photographs differ'):
        compare_runs(files[0], others)
    tasks = [task if task['name'] != 'diagnosis' else {**task, 'classes': ['a', 'b', 'd']} for task in ABOUT['tasks']]
    asked = write_predictions(tmp_path / 'asked.parquet', rows('t', 200, 0), {**ABOUT, 'tasks': tasks})
    with pytest.raises(ValueError, match="task 'diagnosis' is .*'d'.* there and .*compare runs that ask for the same"):
        compare_runs(files[0], asked)


def test_what_is_not_defined_is_said_to_be(tmp_path, capsys):
    alike = [replace(row, targets={**row.targets, 'diagnosis': np.float32([[[1, 0, 0]]])}) for row in rows('t', 20, 0)]
    file = write_predictions(tmp_path / 'alike.parquet', alike, ABOUT)
    compare.main(compare.parse_args([str(file), str(file), '--tasks', 'diagnosis']))
    said = capsys.readouterr().out
    assert said.count('not defined: one class alone  20 lesions, ') == 3 and 'nan' not in said


def test_the_tool_writes_what_it_says(files, tmp_path, capsys):
    compare.main(compare.parse_args([*map(str, files), '--tasks', 'outline', '--out', str(tmp_path / 'x.csv')]))
    assert 'outline              difference  jaccard  +0.200 (+0.200 to +0.200)' in capsys.readouterr().out
    with open(tmp_path / 'x.csv') as file:
        assert [row['of'] for row in csv.DictReader(file)] == ['first', 'second', 'difference']
