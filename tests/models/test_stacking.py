"""Separate networks under one meta head: as one network where weights are equal, and honest about their training."""
import pytest
import torch

from lopm.registry import MODELS
from lopm.structures import OUT_OF_FOLD
from tests.tiny_model import TASKS, batch, config, sample

HEADS = config()['feature_heads']
SIZES = dict(color=2, sharpness=2, homogeneity=2)


def stacked(**changes):
    base = {**config(), 'meta_head': None}
    networks = {'outline': {**base, 'feature_heads': {}}} | {
        name: {**base, 'feature_heads': {name: head}} for name, head in HEADS.items()}
    return dict(type='StackedModel', tasks=TASKS, data_preprocessor=base['data_preprocessor'], networks=networks,
                meta_head=dict(type='MetaHead', task='diagnosis')) | changes


def said(number, seed=0):
    """A photograph whose lesions carry out-of-fold probabilities; the first lesion was not found."""
    image, result = sample(number)
    generator = torch.Generator().manual_seed(seed)
    for name, size in SIZES.items():
        rows = torch.rand(number, size, generator=generator)
        rows[0] = torch.nan
        result.gt_lesions[OUT_OF_FOLD + name] = rows
    return image, result


def test_with_equal_weights_it_predicts_what_one_network_predicts():
    torch.manual_seed(0)
    one = MODELS.build(config(meta_head=dict(type='MetaHead', task='diagnosis'))).eval()
    model = MODELS.build(stacked()).eval()
    weights = one.state_dict()
    model.load_state_dict({name: weights[name.split('.', 2)[2] if name.startswith('networks.') else name]
                           for name in model.state_dict()})
    found, wanted = (each(**batch(each, [sample(2), sample(1, seed=1)], training=False), mode='predict')
                     for each in (model, one))
    for ours, theirs in zip(found, wanted):
        assert (ours.pred_map == theirs.pred_map).all()
        for field in ('pred_lesions', 'true_lesions', 'pred_image'):
            for name in (*SIZES, 'diagnosis'):
                torch.testing.assert_close(getattr(ours, field)[name], getattr(theirs, field)[name])


def test_frozen_networks_are_not_run_and_only_the_meta_head_learns():
    torch.manual_seed(0)
    model = MODELS.build(stacked()).train()
    assert not any(module.training for module in model.networks.modules())
    data = batch(model, [said(2), said(1)])
    model.extract_feats = None  # would fail if it were called
    losses = model(**data, mode='loss')
    assert set(losses) == {'diagnosis.loss'}
    losses['diagnosis.loss'].backward()
    assert {name for name, p in model.named_parameters() if p.grad is not None} == {
        name for name, _ in model.named_parameters() if name.startswith('meta_head.')}


def test_a_lesion_that_was_not_found_teaches_nothing():
    torch.manual_seed(0)
    model = MODELS.build(stacked()).train()
    first = batch(model, [said(2)])
    loss = model(**first, mode='loss')['diagnosis.loss']
    for sample_ in first['data_samples']:
        sample_.gt_lesions.diagnosis[0] = 1 - sample_.gt_lesions.diagnosis[0]
    torch.testing.assert_close(model(**first, mode='loss')['diagnosis.loss'], loss)


def test_what_networks_say_of_their_own_training_photographs_is_refused_unless_forced():
    data = [sample(2), sample(1)]
    model = MODELS.build(stacked())
    with pytest.raises(ValueError, match='carry no out-of-fold predictions.*or set model.in_fold=True'):
        model(**batch(model, data), mode='loss')
    forced = MODELS.build(stacked(in_fold=True, meta_head=dict(type='MetaHead', task='diagnosis', residual=4)))
    assert set(forced(**batch(forced, data), mode='loss')) == {'diagnosis.loss'}
    with pytest.raises(ValueError, match='hold no feature maps for the residual'):
        forced(**batch(forced, [said(2)]), mode='loss')


def test_trainable_networks_learn_with_it():
    torch.manual_seed(0)
    model = MODELS.build(stacked(frozen=False)).train()
    losses = model(**batch(model, [sample(2), sample(1)]), mode='loss')
    assert set(losses) == {f'{name}.loss' for name in ('outline', 'mouth', 'quality', 'diagnosis', *SIZES)}
    sum(losses.values()).backward()
    idle = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert all('.neck.' in name for name in idle)  # of maps that the network's head does not read
    assert not any(p.requires_grad for p in model.networks['color'].outline_head.parameters())


def test_what_does_not_fit_together_is_refused():
    networks = stacked()['networks']
    with pytest.raises(ValueError, match="no network is called 'outline'; it has color"):
        MODELS.build(stacked(networks={'color': networks['color']}))
    with pytest.raises(ValueError, match="networks.again: task 'color' is answered by two networks"):
        MODELS.build(stacked(networks={**networks, 'again': networks['color']}))
    with pytest.raises(ValueError, match='networks.color: has a meta head of its own'):
        MODELS.build(stacked(networks={**networks, 'color': config()}))
    other = {**networks['color'], 'data_preprocessor': {**networks['color']['data_preprocessor'], 'mean': [0.] * 3}}
    with pytest.raises(ValueError, match='networks.color: its data_preprocessor.mean differs'):
        MODELS.build(stacked(networks={**networks, 'color': other}))
    with pytest.raises(ValueError, match='networks.outline: frozen and without a checkpoint'):
        MODELS.build(stacked()).init_weights()


@pytest.mark.slow
def test_checkpoints_are_loaded_when_training_begins(tmp_path):
    torch.manual_seed(0)
    source = MODELS.build(stacked(frozen=False))
    networks = stacked()['networks']
    for name, network in source.networks.items():
        torch.save({'state_dict': network.state_dict()}, tmp_path / f'{name}.pth')
        networks[name] = {**networks[name], 'checkpoint': str(tmp_path / f'{name}.pth')}
    model = MODELS.build(stacked(networks=networks))
    model.init_weights()
    for name, value in source.networks.state_dict().items():
        assert torch.equal(model.networks.state_dict()[name], value), name
