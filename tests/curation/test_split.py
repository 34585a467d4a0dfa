"""Parts: nothing torn apart, every label in its share, stable when photographs come, audited honestly."""
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lopm.curation import split
from lopm.curation.doctor.dataset import read_base
from lopm.curation.groups import Groups
from lopm.curation.stratify import stratify
from lopm.curation.ties import tie
from lopm.datasets.splits import Unaudited, require_audit

SHARES = {'train': .7, 'val': .1, 'test': .2}
COLORS = ['white', 'red', 'pigmented']


def random_groups(seed, groups=300, labels=8):
    """Counts of labels from common to rare, in groups of one to six photographs."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 7, groups)
    odds = np.geomspace(.6, .02, labels)
    return rng.binomial(sizes[:, None], odds), sizes


def worst_share(counts, sizes, part_of, shares):
    """How far any label's share in any part is from the wanted one, at most."""
    both = np.column_stack([counts, sizes])
    found = np.stack([both[part_of == part].sum(0) for part in range(len(shares))]) / both.sum(0)
    return np.abs(found - np.array(shares)[:, None]).max()


@pytest.mark.parametrize('seed', range(3))
def test_every_label_gets_its_share(seed):
    counts, sizes = random_groups(seed)
    shares = list(SHARES.values())
    part_of = stratify(counts, sizes, shares, seed)
    by_chance = [worst_share(counts, sizes, np.random.default_rng(i).choice(3, len(sizes), p=shares), shares)
                 for i in range(20)]
    assert worst_share(counts, sizes, part_of, shares) < .04 < min(by_chance)


def test_a_rare_label_is_in_every_part():
    counts = np.zeros((100, 2), int)
    counts[:, 0], counts[:3, 1] = 1, 1
    part_of = stratify(counts, np.ones(100, int), [1 / 3] * 3, 0)
    assert sorted(part_of[:3]) == [0, 1, 2] and sorted(Counter(part_of.tolist()).values()) == [33, 33, 34]


def test_groups_without_any_label_are_divided_by_size():
    part_of = stratify(np.zeros((40, 0), int), np.array([2, 1] * 20), [.75, .25], 0)
    assert np.bincount(part_of, [2, 1] * 20).tolist() == [45, 15]


def test_no_part_whose_share_is_a_group_stays_empty():
    counts = np.zeros((10, 3), int)
    counts[np.arange(10), np.arange(10) % 3] = 1  # no label is wanted most by the small part
    for seed in range(5):
        assert np.bincount(stratify(counts, np.ones(10, int), [.7, .1, .2], seed), minlength=3).tolist() == [7, 1, 2]
    kept = np.array([0] * 9 + [-1])
    assert stratify(counts, np.ones(10, int), [.7, .1, .2], 0, kept)[:9].max() == 0


def test_the_seed_decides_among_equals():
    counts, sizes = random_groups(0)
    one, same, other = (stratify(counts, sizes, [.5, .5], seed).tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_placed_groups_stay_and_new_ones_make_up_for_them():
    counts, sizes = np.ones((30, 1), int), np.ones(30, int)
    placed = np.array([0] * 10 + [-1] * 20)
    part_of = stratify(counts, sizes, [.5, .5], 0, placed)
    assert (part_of[:10] == 0).all() and np.bincount(part_of).tolist() == [15, 15]


def test_what_shares_a_key_is_tied_directly_or_by_way_of_others():
    patients, clusters = ['a', 'a', 'b', 'c', 'd'], [1, 2, 2, 3, 4]
    assert tie(patients, clusters).tolist() == [0, 0, 0, 1, 2]


def write_base(folder, patients, copies=(), name='all.json', **more):
    """A json with a photograph per entry of ``patients`` (None: unknown), and one lesion each; no file is needed.

    ``copies``: pairs of photographs that are near duplicates. Returns the path and the ``Groups``.
    """
    images = [{'id': i, 'file_name': f'images/{i}.jpg', 'width': 40, 'height': 30, **({'patient_id': p} if p else {}),
               **{key: values[i] for key, values in more.items()}} for i, p in enumerate(patients)]
    rows = [{'id': i, 'image_id': i, 'category_id': 1, 'lesion_id': f'L{i}', 'segmentation': [[5, 5, 20, 5, 20, 20]],
             'attributes': {'color': [COLORS[i % 3]]}} for i in range(len(patients))]
    path = folder / name
    path.write_text(json.dumps({'images': images, 'annotations': rows, 'info': {'source': 'x'},
                                'categories': [{'id': 1, 'name': 'lesion'}]}))
    base = read_base([path])
    hashes = np.random.default_rng(0).integers(0, 256, (1000, 1, 32), dtype=np.uint8)
    for one, other in copies:
        hashes[other] = hashes[one]
    for photograph, each in zip(base.photographs, hashes):
        photograph.facts = {'hashes': [each[0].tobytes().hex()]}
    return path, Groups(base.photographs), base.parts['all']


def members(layout):
    return {part: {each.image['id'] for each in rows} for part, rows in layout.items()}


def test_patients_and_near_duplicates_are_not_torn_apart(tmp_path):
    patients = [f'P{i // 3}' for i in range(60)]
    _, groups, _ = write_base(tmp_path, patients, copies=[(0, 30), (31, 59), (3, 12), (4, 5)])
    assert len(groups.sizes) == 17 and groups.joined == {'patient': 40, 'near duplicate': 3, 'same mouth': 0}
    parts = members(split.named_parts(groups, tmp_path, SHARES, 0)[''])
    assert sum(map(len, parts.values())) == 60 and all(parts.values())
    for tied in [{0, 1, 2, 30, 31, 32, 57, 58, 59}, {3, 4, 5, 12, 13, 14}, {6, 7, 8}]:
        assert sum(bool(tied & rows) for rows in parts.values()) == 1


def divide(tmp_path, out, patients, copies=(), seed=0, **more):
    path, groups, content = write_base(tmp_path, patients, copies, **more)
    layout = split.named_parts(groups, out, SHARES, seed)
    audit, = split.write_division(groups, content, path, out, layout, {'seed': seed}).values()
    return members(layout['']), audit


def test_words_of_whole_photographs_get_their_share_too(tmp_path):
    words = [{'diagnosis': 'rare' if i < 10 else 'common'} for i in range(100)]
    path, _, _ = write_base(tmp_path, [None] * 100, attributes=words)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, 'annotations': []}))
    groups = Groups(read_base([path]).photographs)
    assert groups.labels == [('diagnosis', 'common'), ('diagnosis', 'rare')]
    parts = members(split.named_parts(groups, tmp_path, SHARES, 0)[''])
    assert {part: len(rows & set(range(10))) for part, rows in parts.items()} == {'train': 7, 'val': 1, 'test': 2}
    path.write_text(json.dumps({**content, 'annotations': [], 'images': [
        {**image, 'attributes': None} for image in content['images']]}))
    groups = Groups(read_base([path]).photographs)
    assert not groups.labels and all(split.named_parts(groups, tmp_path, SHARES, 0)[''].values())


def test_groups_keep_their_part_when_photographs_are_added(tmp_path):
    out = tmp_path / 'parts'
    before, _ = divide(tmp_path, out, [f'P{i // 2}' for i in range(60)])
    grown = [f'P{i // 2}' for i in range(60)] + ['P0', 'P1', *(f'N{i}' for i in range(38))]
    after, _ = divide(tmp_path, out, grown, seed=5)
    assert all(before[part] <= after[part] for part in SHARES)
    part_of = {number: part for part, rows in after.items() for number in rows}
    assert part_of[60] == part_of[0] and part_of[61] == part_of[2]  # a new photograph of an old patient
    sizes = {part: len(rows) / 100 for part, rows in after.items()}
    assert all(abs(sizes[part] - share) <= .05 for part, share in SHARES.items())


def test_a_patient_is_known_again_by_other_photographs(tmp_path):
    out = tmp_path / 'parts'
    before, _ = divide(tmp_path, out, [f'P{i}' for i in range(60)])
    tested = sorted(before['test'])
    retaken = [f'P{number}' for number in tested]
    after, _ = divide(tmp_path, out, [*(f'N{i}' for i in range(60)), *retaken])  # the files 0 to 59 are others' now
    assert set(range(60, 60 + len(tested))) <= after['test']


def test_a_new_photograph_that_ties_two_parts_is_refused(tmp_path):
    out = tmp_path / 'parts'
    patients = [f'P{i}' for i in range(30)]
    before, _ = divide(tmp_path, out, patients)
    train, test = min(before['train']), min(before['test'])
    with pytest.raises(ValueError, match=f'{test}.jpg is in part test, but .* are in part train: what was added ties'):
        divide(tmp_path, out, [*patients, f'P{train}'], copies=[(30, test)])


def test_the_audit_says_what_was_checked_and_how(tmp_path):
    out = tmp_path / 'parts'
    _, audit = divide(tmp_path, out, [f'P{i // 2}' for i in range(40)], copies=[(0, 7)])
    assert audit == json.loads((out / 'audit.json').read_text())
    assert audit['patients_apart'] is True and audit['near_duplicates_apart'] is True
    how = audit['near_duplicates']
    assert 'phash(16)' in how['method'] and 'at most 10 of 256 bits' in how['method']
    assert how['photographs'] == 40 and how['distinct'] == 39
    source = hashlib.sha256((tmp_path / 'all.json').read_bytes()).hexdigest()
    assert audit['divided']['source_sha256'] == source and audit['divided']['stratified_by'] == ['color']
    for part in SHARES:
        require_audit(out / f'{part}.json')


def test_the_audit_is_honest_about_what_is_unknown(tmp_path):
    path, groups, content = write_base(tmp_path, [None] * 10)
    groups.photographs[0].facts = {}  # could not be read
    layout = split.named_parts(groups, tmp_path / 'parts', SHARES, 0)
    audit, = split.write_division(groups, content, path, tmp_path / 'parts', layout, {}).values()
    assert audit['near_duplicates_apart'] == 'unknown for 1 photographs that cannot be read'
    assert audit['patients_apart'].startswith('unknown for 10 photographs without a patient id')


def test_parts_lead_to_the_photographs_and_keep_all_annotations(tmp_path):
    out = tmp_path / 'somewhere' / 'parts'
    parts, _ = divide(tmp_path, out, [f'P{i}' for i in range(30)])
    for part, numbers in parts.items():
        content = json.loads((out / f'{part}.json').read_text())
        assert content['info'] == {'source': 'x'} and content['categories'] == [{'id': 1, 'name': 'lesion'}]
        assert {row['image_id'] for row in content['annotations']} == numbers
        for image in content['images']:
            assert (out / image['file_name']).resolve() == (tmp_path / f'images/{image["id"]}.jpg').resolve()
            assert not Path(image['file_name']).is_absolute()


def test_every_photograph_is_tested_once_over_the_folds(tmp_path):
    path, groups, content = write_base(tmp_path, [f'P{i // 2}' for i in range(60)])
    layout = split.folds(groups, tmp_path / 'folds', 5, 0)
    assert list(layout) == ['fold0', 'fold1', 'fold2', 'fold3', 'fold4']
    for parts in layout.values():
        sets = members(parts)
        assert set.union(*sets.values()) == set(range(60)) and sum(map(len, sets.values())) == 60
    tested = [each.image['id'] for parts in layout.values() for each in parts['test']]
    assert sorted(tested) == list(range(60))
    assert layout['fold4']['val'] == layout['fold0']['test']
    audits = split.write_division(groups, content, path, tmp_path / 'folds', layout, {})
    assert len(audits) == 5 and all(audit['patients_apart'] is True for audit in audits.values())
    _, more, _ = write_base(tmp_path, [*(f'P{i // 2}' for i in range(60)), *(f'N{i}' for i in range(20))])
    again = split.folds(more, tmp_path / 'folds', 5, 1)
    assert all(members(layout[name])['test'] <= members(again[name])['test'] for name in layout)
    with pytest.raises(ValueError, match='another number of folds than 4'):
        split.folds(more, tmp_path / 'folds', 4, 0)
    with pytest.raises(ValueError, match='2 folds: .* make 3 at least'):
        split.folds(more, tmp_path / 'folds2', 2, 0)


def test_one_center_is_tested_and_nothing_of_its_patients_is_trained_on(tmp_path):
    centers = ['Rome' if i < 20 else 'Pécs/2' for i in range(40)]
    patients = [f'P{i // 2}' for i in range(40)]
    patients[39] = 'P0'  # was photographed in both
    path, groups, content = write_base(tmp_path, patients, center=centers)
    layout = split.against_others(groups, tmp_path / 'out', 'center', SHARES, 0)
    assert list(layout) == ['Pécs_2', 'Rome']
    rome = members(layout['Rome'])
    assert rome['test'] == set(range(20)) and rome['train'] | rome['val'] == set(range(20, 39))
    assert members(layout['Pécs_2'])['test'] == set(range(20, 40))
    assert {0, 1}.isdisjoint(members(layout['Pécs_2'])['train'] | members(layout['Pécs_2'])['val'])
    audits = split.write_division(groups, content, path, tmp_path / 'out', layout, {'by': 'center'})
    assert [audit['divided']['left_out'] for audit in audits.values()] == [2, 1]
    assert all(audit['patients_apart'] is True for audit in audits.values())


@pytest.mark.parametrize('centers, words', [
    (['A', 'B', ''], '1 photographs have no center, images/2.jpg for one; fill it in'),
    (['A', 'A', 'A'], 'takes two or more'), (['A/1', 'A_1', 'B'], 'of different names')])
def test_centers_that_cannot_be_told_apart_are_refused(tmp_path, centers, words):
    _, groups, _ = write_base(tmp_path, ['P0', 'P1', 'P2'], center=centers)
    with pytest.raises(ValueError, match=words):
        split.against_others(groups, tmp_path / 'out', 'center', SHARES, 0)


def test_bad_shares_and_a_source_that_would_be_overwritten(tmp_path):
    path, groups, content = write_base(tmp_path, ['P0', 'P1', 'P2'])
    with pytest.raises(ValueError, match='sum to 0.9, not to 1'):
        split.named_parts(groups, tmp_path, {'train': .7, 'test': .2}, 0)
    layout = {'': {'all': groups.photographs[:2], 'test': groups.photographs[2:]}}
    with pytest.raises(ValueError, match='all.json would be overwritten by its own part'):
        split.write_division(groups, content, path, tmp_path, layout, {})


@pytest.mark.parametrize('damage, words', [
    (lambda folder: (folder / 'audit.json').unlink(), 'no audit.json beside it .*lopm split, or say --unaudited'),
    (lambda folder: (folder / 'audit.json').write_text('{'), 'no valid json'),
    (lambda folder: (folder / 'test.json').write_text((folder / 'test.json').read_text() + ' '), 'changed afterwards'),
    (lambda folder: (folder / 'test.json').rename(folder / 'other.json'), 'other.json is not the file')])
def test_a_part_without_a_fitting_audit_is_refused(tmp_path, damage, words):
    divide(tmp_path, tmp_path / 'parts', [f'P{i}' for i in range(30)])
    damage(tmp_path / 'parts')
    part = next(path for name in ('test', 'other') if (path := tmp_path / f'parts/{name}.json').is_file())
    with pytest.raises(Unaudited, match=words):
        require_audit(part)


@pytest.mark.parametrize('patients, words', [
    ([f'P{i}' for i in range(5)], 'val would stay empty: there are 5 groups .* val 0.05, test 0.2 need 20 or more'),
    (['P0'] * 30, 'val, test would stay empty: there are 1 groups'), ([None] * 2, 'there are 2 groups')])
def test_too_few_patients_are_refused_with_the_number_that_would_do(tmp_path, patients, words):
    _, groups, _ = write_base(tmp_path, patients)
    with pytest.raises(ValueError, match=words):
        split.named_parts(groups, tmp_path / 'parts', {'train': .75, 'val': .05, 'test': .2}, 0)


def test_fewer_patients_than_folds(tmp_path):
    _, groups, _ = write_base(tmp_path, ['P0', 'P0', 'P1', 'P2', 'P3'])
    with pytest.raises(ValueError, match='fold4 would stay empty: there are 4 groups .* need 5 or more'):
        split.folds(groups, tmp_path / 'folds', 5, 0)
    assert all(all(parts.values()) for parts in split.folds(groups, tmp_path / 'folds', 4, 0).values())


def test_another_center_of_too_few_patients_is_refused(tmp_path):
    _, groups, _ = write_base(tmp_path, [f'P{i}' for i in range(12)], center=['A'] * 10 + ['B'] * 2)
    with pytest.raises(ValueError, match='val would stay empty: there are 2 groups'):
        split.against_others(groups, tmp_path / 'out', 'center', SHARES, 0)


def test_words_that_few_patients_have_are_named(tmp_path):
    _, groups, _ = write_base(tmp_path, ['P0', 'P1', 'P2', *(f'Q{i // 3}' for i in range(3, 60))])
    groups.labels, groups.counts = [('color', 'red'), ('color', 'white')], np.zeros((len(groups.sizes), 2), int)
    groups.counts[:2, 0] = groups.counts[:9, 1] = 1
    said = split.thin_labels(groups, split.named_parts(groups, tmp_path / 'parts', SHARES, 0))
    assert said == [f"color: 2 of {len(groups.sizes)} groups (patients) have 'red', fewer than the 3 parts: some know "
                    'nothing of it']
    assert len(split.thin_labels(groups, dict.fromkeys(range(10)))) == 2
