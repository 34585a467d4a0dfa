"""Means over networks and over mirrored photographs."""
import copy

import pytest
import torch
from mmengine.config import Config

from lopm.engine import testing
from lopm.models.ensemble import mirror
from lopm.registry import MODELS
from tests.tiny_model import batch, config, sample


def ensemble(number=1, **options):
    torch.manual_seed(0)
    one = config()
    model = MODELS.build(dict(type='Ensemble', members=[one] * number, data_preprocessor=one['data_preprocessor'],
                              **options))
    return model.eval()


def predict(model, samples):
    return model(**batch(model, copy.deepcopy(samples), training=False), mode='predict')


def test_one_network_without_mirrors_says_what_it_says_alone():
    model = ensemble()
    for mine, its in zip(predict(model, [sample(2), sample(0)]), predict(model.members[0], [sample(2), sample(0)])):
        assert (mine.pred_map == its.pred_map).all()
        torch.testing.assert_close(mine.true_lesions.diagnosis, its.true_lesions.diagnosis)


def test_networks_are_averaged():
    model = ensemble(3)
    together = predict(model, [sample(2)])[0]
    alone = [predict(member, [sample(2)])[0] for member in model.members]
    for name in ('color', 'diagnosis'):
        wanted = torch.stack([each.true_lesions[name] for each in alone]).mean(0)
        torch.testing.assert_close(together.true_lesions[name], wanted)
        assert not torch.allclose(alone[0].true_lesions[name], wanted)
    assert torch.allclose(together.pred_image.quality, torch.stack([each.pred_image.quality for each in alone]).mean(0))


def test_a_mirrored_photograph_gets_the_same_answers_when_all_mirrorings_are_averaged():
    """Mirroring permutes the passes; two of them are compared on a photograph without padding and its mirror image."""
    model = ensemble(flips=['none', 'horizontal'])
    image, truth = sample(2)
    mirrored = copy.deepcopy(truth)
    mirrored.gt_sem_seg.data = mirrored.gt_sem_seg.data.flip(-1)
    one, other = (predict(model, [each])[0] for each in ((image, truth), (image.flip(-1), mirrored)))
    for name in ('color', 'sharpness', 'diagnosis'):
        torch.testing.assert_close(one.true_lesions[name], other.true_lesions[name], rtol=1e-3, atol=1e-4)


def test_padding_stays_where_it_is():
    shapes = [(64, 96), (50, 70)]
    inputs = torch.rand(2, 3, 64, 96)
    turned = mirror(inputs, (-2, -1), shapes)
    assert torch.equal(turned[0], inputs[0].flip(-2, -1))
    assert torch.equal(turned[1, :, :50, :70], inputs[1, :, :50, :70].flip(-2, -1))
    assert torch.equal(turned[1, :, 50:], inputs[1, :, 50:]) and torch.equal(mirror(turned, (-2, -1), shapes), inputs)


@pytest.mark.parametrize('options', [dict(flips=['sideways']), dict(flips=[])])
def test_flips_that_do_not_exist_are_refused(options):
    with pytest.raises(ValueError, match='flips of none, horizontal, vertical, both'):
        ensemble(**options)


def test_it_is_not_trained():
    model = ensemble()
    with pytest.raises(NotImplementedError, match='train its members'):
        model(**batch(model, [sample(1)]), mode='loss')


def test_a_config_asks_for_it(tmp_path):
    paths = []
    for seed in range(2):
        torch.manual_seed(seed)
        paths.append(tmp_path / f'{seed}.pth')
        torch.save({'state_dict': MODELS.build(config()).state_dict()}, paths[-1])
    cfg = Config(dict(model=config(), test_dataloader=dict(batch_size=1),
                      predict_with=dict(flips=['none', 'vertical'], others=[str(paths[1])])))
    model = testing.load_trained(cfg, paths[0])
    assert len(model.members) == 2 and len(model.flips) == 2
    weights = [torch.load(path)['state_dict'] for path in paths]
    for member, wanted in zip(model.members, weights):
        assert all(torch.equal(value, wanted[key]) for key, value in member.state_dict().items())
