import json
import math

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp

from lopm.datasets.prior import training_prior
from lopm.evaluation.metrics import LesionMetric
from lopm.evaluation.rows import score_photograph, stack_task
from lopm.registry import METRICS
from lopm.tasks import build_tasks
from tests.evaluation.fabricated import TASKS, evaluate, make_sample, squares

A, B, C = ([[np.eye(3)[i]]] for i in range(3))  # targets of one lesion by one rater
IMAGES = [dict(id=1, file_name='1.jpg', width=60, height=40)]
EMPTY = squares()


def photographs():
    """Two lesions of which one is found well, an unlabelled photograph, and one that could not be read."""
    two = squares((0, 0), (20, 30))
    return [
        make_sample(two, squares((0, 1)), dict(diagnosis=np.concatenate([A, B])), image_id=1, patient_id='p',
                    on_true=dict(diagnosis=[[.2, .7, .1], [.1, .8, .1]]), on_pred=dict(diagnosis=[[.9, .1, 0]])),
        make_sample(EMPTY, EMPTY, image_id=2, patient_id='p', rater_jaccard=0.8),
        make_sample(np.full((40, 60), 255, np.uint8), squares((0, 0)), image_id=3, patient_id='q', num_true=1,
                    bad='truncated')]


def test_the_registry_builds_it():
    assert isinstance(METRICS.build(dict(type='LesionMetric', tasks=TASKS)), LesionMetric)


def test_scores_by_hand():
    metric = LesionMetric(TASKS)
    scores = evaluate(metric, photographs())
    assert len(metric.rows) == 3 and not metric.results
    assert all(isinstance(value, float) for value in scores.values())
    assert (scores['n/photographs'], scores['n/lesions'], scores['n/patients'], scores['n/bad']) == (3, 2, 2, 1)
    assert scores['n/both_empty'] == 1
    assert scores['outline/jaccard'] == pytest.approx(90 / 210)  # the one photograph that has an outline
    assert scores['outline/dice'] == pytest.approx(2 * 90 / 300)
    assert scores['outline/rater_jaccard'] == 0.8
    assert scores['outline/sensitivity'] == 0.5 and scores['outline/false_positives'] == 0
    assert math.isnan(scores['outline/sensitivity_touching'])
    assert scores['diagnosis/matched'] == 0.5 and scores['diagnosis/n'] == 2
    # On true outlines lesion 1 is called b, on the predicted one a; lesion 2, not found, gets the prior 1/3.
    assert scores['true_outline/diagnosis/accuracy'] == 0.5
    assert scores['true_outline/diagnosis/auroc'] == 1
    assert scores['diagnosis/auroc'] == 1
    assert scores['diagnosis/accuracy'] == 0.5


def test_jaccard_is_the_mean_over_photographs_not_that_of_summed_pixels():
    """mmseg's IoUMetric sums pixels over the data set: 10 + 800 of 100 + 800 would be 0.90."""
    large = np.zeros((40, 60), np.uint8)
    large[:20, :40] = 1
    tenth = squares((0, 0))
    tenth[1:] = 0
    scores = evaluate(LesionMetric(TASKS), [make_sample(large, large), make_sample(squares((0, 0)), tenth)])
    assert scores['outline/jaccard'] == pytest.approx((1 + 0.1) / 2)


def test_an_unmatched_lesion_gets_the_training_prior_and_stays_in(tmp_path):
    annotations = [dict(id=i, image_id=1, category_id=1, attributes=dict(diagnosis=word))
                   for i, word in enumerate('bbba')]
    part = tmp_path / 'train.json'
    part.write_text(json.dumps(dict(images=IMAGES, categories=[dict(id=1, name='lesion')], annotations=annotations)))
    far = squares((25, 45))
    samples = [make_sample(squares((0, 0)), far, dict(diagnosis=B), on_pred=dict(diagnosis=[[1, 0, 0]])),
               make_sample(squares((0, 0)), squares((0, 0)), dict(diagnosis=A), on_pred=dict(diagnosis=[[.8, .2, 0]]))]
    metric = LesionMetric(TASKS, prior_from=part)
    scores = evaluate(metric, samples)
    np.testing.assert_allclose(metric.prior['diagnosis'], [.25, .75, 0])
    assert scores['diagnosis/accuracy'] == 1 and scores['diagnosis/matched'] == 0.5


def test_features_match_at_a_tenth_where_lesions_are_found_at_a_half():
    true, pred = squares((0, 0)), squares((0, 6))  # IoU 40 / 160
    scores = evaluate(LesionMetric(TASKS), [make_sample(true, pred, dict(diagnosis=A))])
    assert scores['outline/sensitivity'] == 0 and scores['outline/false_positives'] == 1
    assert scores['diagnosis/matched'] == 1


def test_every_lesion_is_judged_by_its_own_match():
    true, pred = squares((0, 0), (20, 30)), squares((20, 30), (0, 0))
    sample = make_sample(true, pred, dict(diagnosis=np.concatenate([A, B])), on_pred=dict(diagnosis=np.eye(3)[[1, 0]]),
                         on_true=dict(diagnosis=np.eye(3)[[1, 0]]))
    scores = evaluate(LesionMetric(TASKS), [sample])
    assert scores['diagnosis/accuracy'] == 1 and scores['true_outline/diagnosis/accuracy'] == 0


def test_words_known_only_per_photograph_are_answered_once_a_photograph():
    unknown = np.full((40, 60), 255, np.uint8)
    samples = [make_sample(unknown, squares((0, 0)), dict(diagnosis=label), num_true=1, image_id=i,
                           boxes=[(0, 0, 60, 40)], on_image=dict(diagnosis=[np.eye(3)[i]]))
               for i, label in enumerate((A, B))]
    scores = evaluate(LesionMetric(TASKS), samples)
    assert scores['diagnosis/accuracy'] == 1 and scores['diagnosis/n'] == 2
    assert scores['n/lesions'] == 0 and scores['n/outlined'] == 0 and scores['n/whole_photographs'] == 2
    for key in ('true_outline/diagnosis/auroc', 'diagnosis/matched', 'outline/jaccard', 'outline/ap'):
        assert math.isnan(scores[key])


def test_a_box_is_matched_and_scored_in_words_but_never_as_an_outline():
    unknown = squares((0, 0))
    unknown[20:30, 30:40] = 255
    truth = dict(diagnosis=np.concatenate([A, B]))
    boxed = make_sample(unknown, squares((20, 30), (0, 0)), truth, num_true=2, boxes=[None, (30, 20, 10, 10)],
                        on_pred=dict(diagnosis=np.eye(3)[[1, 0]]))
    scores = evaluate(LesionMetric(TASKS), [boxed])
    assert scores['diagnosis/accuracy'] == 1 and scores['diagnosis/n'] == 2 and scores['diagnosis/matched'] == 1
    assert scores['n/lesions'] == 1 and scores['n/boxes'] == 1 and scores['n/outlined'] == 1
    assert scores['outline/sensitivity'] == 1 and scores['outline/false_positives'] == 0


@pytest.mark.parametrize('corner, same', [((20, 38), 0), ((20, 39), -1)])  # IoU 20 / 180 and 10 / 190
def test_a_box_is_matched_at_a_tenth_of_the_boxes(corner, same):
    unknown = np.full((40, 60), 255, np.uint8)
    row = score_photograph(make_sample(unknown, squares(corner), num_true=1, boxes=[(30, 20, 10, 10)]), {})
    assert row.outline is None and row.same.tolist() == [same]


def test_a_model_that_draws_no_outlines_is_scored_on_whole_photographs():
    truth = dict(diagnosis=np.concatenate([A, B]))
    sample = make_sample(squares((0, 0), (0, 30)), EMPTY, truth, on_image=dict(diagnosis=np.eye(3)[[0]]),
                         on_true=dict(diagnosis=np.eye(3)[[0, 1]]))
    del sample['pred_map']
    scores = evaluate(LesionMetric(TASKS), [sample])
    assert scores['diagnosis/accuracy'] == 0.5 and scores['true_outline/diagnosis/accuracy'] == 1
    assert math.isnan(scores['outline/jaccard']) and math.isnan(scores['diagnosis/matched'])


def test_a_model_without_heads_is_scored_on_its_outlines():
    sample = make_sample(squares((0, 0)), squares((0, 0)), dict(diagnosis=A))
    sample['pred_image'] = {}
    scores = evaluate(LesionMetric(TASKS), [sample])
    assert scores['outline/jaccard'] == 1 and math.isnan(scores['diagnosis/auroc'])


def test_other_masks_have_their_own_overlap():
    cavity = (squares((0, 0)) > 0).astype(np.uint8)
    half = cavity.astype(bool)
    half[5:] = False
    sample = make_sample(EMPTY, EMPTY, ori_maps=dict(lesion=EMPTY, mouth_cavity=cavity))
    sample['pred_masks'] = dict(mouth_cavity=half)
    assert evaluate(LesionMetric(TASKS), [sample])['mouth_cavity/jaccard'] == 0.5


def test_without_patients_there_is_no_number_of_them():
    sample = make_sample(EMPTY, EMPTY, image_id=7, patient_id='photograph 7')
    assert math.isnan(evaluate(LesionMetric(TASKS), [sample])['n/patients'])


def test_the_prior_counts_every_lesion_once_and_leaves_alternatives_open(tmp_path):
    def note(lesion, **words):
        return dict(id=0, image_id=1, category_id=1, lesion_id=lesion, attributes=words)
    part = tmp_path / 'train.json'
    part.write_text(json.dumps(dict(images=IMAGES, categories=[dict(id=1, name='lesion')], annotations=[
        note('1', diagnosis='a', border='blurred'), note('1', diagnosis='a', border='sharp'), note('2', diagnosis='b'),
        note('3', diagnosis={'any_of': ['a', 'b']}), note('4', color=['red']), note('5', color='not_assessable')])))
    tasks = build_tasks(TASKS[1:])
    prior = training_prior(tasks, part)
    np.testing.assert_allclose(prior['diagnosis'], [1 / 2, 1 / 2, 0])
    np.testing.assert_allclose(prior['border'], [1 / 2, 1 / 2])
    np.testing.assert_allclose(prior['color'], [0, 1])


def test_the_prior_counts_words_of_whole_photographs_that_have_one_lesion_or_no_outline(tmp_path):
    def photograph(number, word, **more):
        return dict(id=number, file_name=f'{number}.jpg', width=60, height=40, attributes=dict(diagnosis=word), **more)

    def note(number, lesion, **words):
        return dict(id=number, image_id=number, category_id=1, lesion_id=lesion, bbox=[0, 0, 5, 5], attributes=words)
    part = tmp_path / 'train.json'
    part.write_text(json.dumps(dict(
        images=[photograph(1, 'a'), photograph(2, 'b', outlined=True), photograph(3, 'b'), photograph(4, 'c'),
                photograph(5, 'c'), photograph(6, 'a')],
        categories=[dict(id=1, name='lesion')],
        annotations=[note(3, 'x', diagnosis='a'), note(4, 'y', color=['red']), note(5, 'p'), note(6, 'q'),
                     dict(note(5, 'r'), id=7)])))
    np.testing.assert_allclose(training_prior(build_tasks(TASKS[1:]), part)['diagnosis'], [3 / 4, 0, 1 / 4])


def rank(index, port, folder):
    """One of two ranks; only the first has labels of the diagnosis, nobody has any of the border."""
    torch.distributed.init_process_group('gloo', f'tcp://127.0.0.1:{port}', rank=index, world_size=2)
    metric = LesionMetric(TASKS, collect_dir=folder / 'collected')
    labels = (A, B) if index == 0 else (None, None)
    metric.process(None, [make_sample(squares((0, 0)), squares((0, 0)), label and dict(diagnosis=label),
                                      on_pred=dict(diagnosis=label and label[0] or [[1, 0, 0]])) for label in labels])
    (folder / f'{index}.json').write_text(json.dumps(metric.evaluate(size=4)))
    torch.distributed.destroy_process_group()  # left to the end of the process, gloo's threads abort it now and then


@pytest.mark.slow
def test_two_ranks_of_which_one_has_no_label(tmp_path, free_port):
    mp.spawn(rank, (free_port, tmp_path), nprocs=2)
    scores = [json.loads((tmp_path / f'{index}.json').read_text()) for index in (0, 1)]
    np.testing.assert_equal(*scores)
    assert scores[0]['n/photographs'] == 4 and scores[0]['diagnosis/n'] == 2
    assert scores[0]['diagnosis/accuracy'] == 1
    assert math.isnan(scores[0]['border/auroc']) and math.isnan(scores[0]['border/matched'])


def test_raters_are_compared_by_name_whoever_rated_which_photograph():
    """b rates all photographs and is right, beside c or a, who are wrong: b comes second, then first."""
    words = np.eye(3)[[0, 1, 2, 0]]
    samples = [make_sample(squares((0, 0)), squares((0, 0)), dict(diagnosis=np.tile(word, (1, 2, 1))), raters=2,
                           image_id=i, on_pred=dict(diagnosis=word[None])) for i, word in enumerate(words)]
    for i, sample in enumerate(samples):
        sample['raters'] = ['a', 'b'] if i % 2 else ['b', 'c']
        sample['gt_lesions']['diagnosis'][0, 1 - i % 2] = torch.tensor(words[(i + 1) % 3])
    metric = LesionMetric(TASKS)
    metric.process(None, samples)
    rows = stack_task(metric.results, metric.tasks['diagnosis']).targets
    assert rows.shape == (4, 3, 3)
    np.testing.assert_array_equal(rows[:, 1], words)
    assert np.isnan(rows[[0, 2], 0]).all() and np.isnan(rows[[1, 3], 2]).all()


def test_a_missing_training_part_is_said_before_anything_is_tested(tmp_path):
    with pytest.raises(FileNotFoundError, match='train.json: no such file.*test_evaluator.prior_from'):
        LesionMetric(TASKS, prior_from=str(tmp_path / 'train.json'))
