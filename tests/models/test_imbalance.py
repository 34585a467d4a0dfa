"""Losses for rare classes by hand, and inside the model."""
import json

import pytest
import torch
import torch.nn.functional as F

from lopm.models.imbalance import FocalLoss, LogitAdjustment, WeightedLoss
from lopm.registry import MODELS
from lopm.tasks import build_task
from tests.tiny_model import batch, config, sample

ONE = build_task(dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c']))
MANY = build_task(dict(name='color', kind='multilabel', classes=['white', 'red']))
GRADE = build_task(dict(name='grade', kind='ordinal', classes=['low', 'middle', 'high']))
LOGITS = torch.tensor([[2., 0.5, -1.], [0., 1., 0.]])
NAMED = torch.tensor([[[1., 0., 0.]], [[0., 1., 1.]]])  # the second is b or c
YES = torch.tensor([[[1., 0.]], [[float('nan'), 1.]]])


def test_focal_by_hand():
    p = torch.stack([LOGITS[0].softmax(0)[0], LOGITS[1].softmax(0)[1:].sum()])
    torch.testing.assert_close(FocalLoss(ONE, 2.)(LOGITS, NAMED)[0], -(1 - p) ** 2 * p.log())
    torch.testing.assert_close(FocalLoss(ONE, 0.)(LOGITS, NAMED)[0], ONE.loss(LOGITS, NAMED)[0])


def test_focal_of_yes_and_no_equals_torchvision():
    from torchvision.ops import sigmoid_focal_loss
    logits = LOGITS[:1, :2]
    theirs = sigmoid_focal_loss(logits, YES[0, :1], alpha=-1, gamma=2).mean(1)
    torch.testing.assert_close(FocalLoss(MANY, 2.)(logits, YES[:1])[0], theirs)


def test_weights_of_one_class_equal_torch():
    loss = WeightedLoss(ONE)
    loss.set_prior([0.5, 0.3, 0.2])
    theirs = F.cross_entropy(LOGITS[:1], torch.tensor([0]), weight=1 / (3 * torch.tensor([0.5, 0.3, 0.2])),
                             reduction='none')
    torch.testing.assert_close(loss(LOGITS[:1], NAMED[:1])[0], theirs)
    either = (1 / 0.9 + 1 / 0.6) / 2
    torch.testing.assert_close(loss(LOGITS, NAMED)[0][1], either * ONE.loss(LOGITS, NAMED)[0][1])


@pytest.mark.parametrize('task', [MANY, GRADE], ids=['multilabel', 'ordinal'])
def test_weights_of_yes_and_no(task):
    """At the prior itself, weighed rows pull as much up as down."""
    loss = WeightedLoss(task)
    loss.set_prior([0.8, 0.1])
    logits = torch.zeros(10, 2, requires_grad=True)
    targets = torch.stack([(torch.arange(10) < 8).float(), (torch.arange(10) < 1).float()], 1)[:, None]
    loss(logits, targets)[0].sum().backward()
    torch.testing.assert_close(logits.grad.sum(0), torch.zeros(2))


@pytest.mark.parametrize(('task', 'prior', 'targets'), [
    (ONE, [0.7, 0.2, 0.1], torch.eye(3)[torch.tensor([0] * 7 + [1] * 2 + [2])][:, None]),
    (MANY, [0.8, 0.1], torch.stack([(torch.arange(10) < 8).float(), (torch.arange(10) < 1).float()], 1)[:, None])])
def test_adjusted_logits_forget_the_prior(task, prior, targets):
    """With nothing to see the best raw logits say all classes alike; unadjusted they say the prior."""
    loss = LogitAdjustment(task)
    loss.set_prior(prior)
    for each, wanted in ((loss, torch.full((len(prior),), 1 / 3 if task is ONE else 0.5)), (task.loss, prior)):
        logits = torch.zeros(1, len(prior), requires_grad=True)
        optimizer = torch.optim.LBFGS([logits], line_search_fn='strong_wolfe')

        def closure(each=each, logits=logits, optimizer=optimizer):
            optimizer.zero_grad()
            value = each(logits.expand(len(targets), -1), targets)[0].sum()
            value.backward()
            return value
        for _ in range(5):
            optimizer.step(closure)
        torch.testing.assert_close(task.probabilities(logits.detach())[0], torch.as_tensor(wanted), rtol=0, atol=2e-3)


def test_what_is_unknown_stays_unknown():
    for kind in (FocalLoss, WeightedLoss, LogitAdjustment):
        loss, known = kind(ONE)(LOGITS, torch.full((2, 1, 3), float('nan')))
        assert not known.any() and loss.isfinite().all()
        loss, known = kind(MANY)(LOGITS[:, :2], YES)
        assert known.all() and loss.isfinite().all()


def test_the_model_counts_the_classes_of_its_training_part(tmp_path):
    file = tmp_path / 'train.json'
    words = ['a', 'a', 'a', 'b']
    file.write_text(json.dumps({
        'images': [dict(id=1, file_name='p.png', width=4, height=4)], 'categories': [dict(id=1, name='lesion')],
        'annotations': [dict(id=i, image_id=1, category_id=1, segmentation=[[0, 0, 2, 0, 2, 2]],
                             attributes=dict(diagnosis=word)) for i, word in enumerate(words, 1)]}))
    torch.manual_seed(0)
    model = MODELS.build(config(predicted_odds=0., imbalance=dict(diagnosis=dict(type='WeightedLoss')),
                                prior_from=str(file)))
    plain = MODELS.build(config(predicted_odds=0.))
    model.init_weights()
    torch.testing.assert_close(model.weighing.imbalance['diagnosis'].prior, torch.tensor([0.75, 0.25, 0.001]))
    plain.load_state_dict(model.state_dict(), strict=False)
    data = batch(model, [sample(2)])
    found, without = (each(**data, mode='loss') for each in (model, plain))
    assert found['diagnosis.loss'] != without['diagnosis.loss']
    torch.testing.assert_close(found['color.loss'], without['color.loss'])
