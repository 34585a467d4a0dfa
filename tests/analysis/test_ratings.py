import numpy as np
import pytest

from lopm.analysis.ratings import (
    AMBIGUOUS,
    ANSWERED,
    MISSING,
    NOT_APPLICABLE,
    NOT_ASSESSABLE,
    NOT_SEEN,
    read_ratings,
)
from lopm.analysis.variables import diagnosis_of, features_of
from tests.analysis.said import TASKS, ratings_of, write


def test_every_way_to_treat_a_question(tmp_path):
    some_white = {'all_of': ['white'], 'partial': True}
    table = ratings_of(tmp_path, [
        (1, 'L1', 'r1', {'color': ['red'], 'homogeneity': 'even', 'diagnosis': 'a'}),
        (1, 'L1', 'r2', {'color': 'not_assessable', 'diagnosis': {'any_of': ['a', 'b']}}),
        (2, 'L1', 'r1', {'color': some_white, 'diagnosis': {'all_of': ['a', 'b']}})]).lesions
    assert table.raters == ('r1', 'r2')
    assert table.status['color'].tolist() == [[ANSWERED, NOT_ASSESSABLE], [ANSWERED, NOT_SEEN]]
    assert table.status['homogeneity'].tolist() == [[NOT_APPLICABLE, MISSING], [MISSING, NOT_SEEN]]
    assert table.status['diagnosis'].tolist() == [[ANSWERED, AMBIGUOUS], [AMBIGUOUS, NOT_SEEN]]
    assert np.isnan(table.targets['homogeneity'][0, 0]).all()
    assert table.annotations.tolist() == [[0, 1], [2, -1]]
    assert table.count(slice(None)) == dict(lesions=2, photographs=2, patients=2)


def test_variables_have_codes_and_a_histology_is_everybodys(tmp_path):
    ratings = ratings_of(tmp_path, [
        (1, 'L1', 'r1', {'color': ['red'], 'border': 'blurred'}), (1, 'L1', 'histology', {'diagnosis': 'b'}),
        (2, 'L2', 'r1', {'diagnosis': 'a'}), (2, 'L2', 'histology', {'diagnosis': 'b'}),
        (3, 'L3', 'r1', {'border': 'sharp'})])
    white, red, border, homogeneity = features_of(ratings, 'diagnosis')
    assert [each.name for each in (white, red, border)] == ['color: white', 'color: red', 'border']
    assert white.codes.tolist() == [[-1, 0], [-1, -1], [-1, -1]] and red.codes[0].tolist() == [-1, 1]
    assert border.codes[:, 1].tolist() == [2, -1, 0] and border.ordered
    assert diagnosis_of(ratings, 'diagnosis').codes.tolist() == [[1, 1], [1, 0], [-1, -1]]
    with pytest.raises(ValueError, match='--diagnosis one of border, homogeneity, diagnosis'):
        diagnosis_of(ratings, 'color')


def test_words_for_the_photograph_go_down_to_its_one_lesion(tmp_path):
    import json
    path = write(tmp_path / 'a.json', [(1, 'L1', 'r1', {}), (2, 'L2', 'r1', {}), (2, 'L3', 'r1', {})])
    content = json.loads(path.read_text())
    for image in content['images']:
        image['attributes'] = {'diagnosis': 'c', 'quality': 'poor'}
    content['images'].append({'id': 9, 'file_name': '9.jpg', 'width': 1, 'height': 1, 'attributes': {'diagnosis': 'a'}})
    path.write_text(json.dumps(content))
    ratings = read_ratings([path])
    diagnosis = diagnosis_of(ratings, 'diagnosis').codes.max(1).tolist()
    assert diagnosis == [2, -1, -1, 0]
    assert ratings.photographs.status['quality'].ravel().tolist() == [ANSWERED, ANSWERED, MISSING]


def test_what_cannot_be_pooled_is_named(tmp_path):
    part = write(tmp_path / 'a.json', [(1, 'L1', 'r1', {'border': 'shrap'})])
    with pytest.raises(ValueError, match='a.json: annotation 1: task border: unknown word .*sharp'):
        read_ratings([part])
    part = write(tmp_path / 'a.json', [(1, 'L1', 'r1', {})])
    with pytest.raises(ValueError, match='1.jpg stands in'):
        read_ratings([part, write(tmp_path / 'b.json', [(1, 'L1', 'r1', {})])])
    with pytest.raises(ValueError, match='b.json has other tasks'):
        read_ratings([part, write(tmp_path / 'b.json', [(2, 'L1', 'r1', {})], tasks=TASKS[:1])])
    with pytest.raises(ValueError, match='--tasks'):
        read_ratings([write(tmp_path / 'c.json', [(3, 'L1', 'r1', {})], tasks=[])])
