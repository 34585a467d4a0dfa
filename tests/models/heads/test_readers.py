"""What features add sums to the logits; an additive reader learns what adds up, and an interaction with its pair."""
import pytest
import torch

from lopm.models.heads.meta import MetaHead
from lopm.tasks import build_tasks

TASKS = build_tasks([
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='border', kind='ordinal', classes=['sharp', 'partly', 'blurred']),
    dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
    dict(name='risk', kind='ordinal', classes=['low', 'middle', 'high']),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])])
CONCEPTS = [TASKS['color'], TASKS['border'], TASKS['homogeneity']]
SUMS = [dict(type='LinearReader'), dict(type='AdditiveReader'),
        dict(type='AdditiveReader', pairs=[('color', 'border')])]


@pytest.mark.parametrize('reader', SUMS)
@pytest.mark.parametrize('task', ['diagnosis', 'risk'])
def test_what_each_feature_adds_sums_to_the_logits(reader, task):
    torch.manual_seed(0)
    head = MetaHead(TASKS[task], CONCEPTS, reader=reader, record_fields=dict(age=dict(center=50, scale=20)), residual=4,
                    residual_channels=8)
    inputs = dict(record=torch.randn(5, 1), pooled=torch.randn(5, 8))
    probabilities = {concept.name: torch.rand(5, concept.num_outputs) for concept in CONCEPTS}
    parts = head.contributions(probabilities, **inputs)
    assert {'color', 'border', 'homogeneity', 'record', 'residual'} <= set(parts)
    nothing = head.reader.output(torch.zeros(1, head.reader.weight.shape[1]))
    torch.testing.assert_close(sum(parts.values()) + nothing, head(probabilities, **inputs))


def fitted(reader, logits):
    """The largest error in probability of a reader fitted to a table of white x red."""
    torch.manual_seed(0)
    head = MetaHead(TASKS['diagnosis'], [TASKS['color'], TASKS['border']], reader=reader)
    corners = {'color': torch.tensor([[0., 0], [0, 1], [1, 0], [1, 1]]).repeat(2, 1),
               'border': torch.tensor([[0., 0]] * 4 + [[1, 1]] * 4)}
    wanted = logits(*corners['color'].T, corners['border'][:, 0]).softmax(1)
    optimizer = torch.optim.Adam(head.parameters(), 0.05)
    for _ in range(600):
        optimizer.zero_grad()
        (-(wanted * head(corners).log_softmax(1)).sum(1).mean()).backward()
        optimizer.step()
    return float((head(corners).softmax(1) - wanted).abs().max())


def added_up(white, red, blurred):
    return torch.stack([2 * white, -1.5 * red, blurred], 1)


def with_interaction(white, red, blurred):
    return added_up(white, red, blurred) + 3 * torch.stack([(white == blurred).float(), 0 * red, 0 * red], 1)


@pytest.mark.parametrize('reader, table, learns', [
    ('LinearReader', added_up, True), ('AdditiveReader', added_up, True), ('MLPReader', added_up, True),
    ('LinearReader', with_interaction, False), ('AdditiveReader', with_interaction, False),
    ('MLPReader', with_interaction, True)])
def test_who_learns_what(reader, table, learns):
    assert (fitted(dict(type=reader), table) < 0.05) == learns


def test_a_named_pair_learns_its_interaction():
    assert fitted(dict(type='AdditiveReader', pairs=[('color', 'border')]), with_interaction) < 0.05


def test_what_cannot_be_said_or_paired_is_refused():
    head = MetaHead(TASKS['diagnosis'], CONCEPTS[:1], reader=dict(type='MLPReader'))
    with pytest.raises(ValueError, match='MLPReader does not say what each feature adds; take LinearReader'):
        head.contributions({'color': torch.rand(1, 2)})
    with pytest.raises(ValueError, match="pairs name 'texture'; the meta head reads color"):
        MetaHead(TASKS['diagnosis'], CONCEPTS[:1], reader=dict(type='AdditiveReader', pairs=[('color', 'texture')]))
