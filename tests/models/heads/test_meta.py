import pytest
import torch

from lopm.models.heads.meta import MetaHead, one_rater, substitute
from lopm.tasks import build_tasks

NAN = float('nan')
TASKS = build_tasks([
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])])
CONCEPTS = [TASKS['color'], TASKS['homogeneity']]


@pytest.fixture
def values():
    predicted = torch.tensor([[0.2, 0.7], [0.6, 0.1], [0.5, 0.5]], requires_grad=True)
    given = torch.tensor([[1.0, 0.0], [0.0, 1.0], [NAN, NAN]])
    return predicted, given, torch.tensor([True, True, False])


def test_joint_is_the_prediction_with_its_gradient(values):
    result = substitute(*values, 'joint')
    assert result is values[0]


def test_detached_is_the_prediction_without_gradient(values):
    result = substitute(*values, 'detached')
    assert torch.equal(result, values[0]) and not result.requires_grad


def test_independent_is_the_truth_where_known_and_never_has_a_gradient(values):
    result = substitute(*values, 'independent')
    assert result.tolist() == [[1, 0], [0, 1], [0.5, 0.5]] and not result.requires_grad


def test_intervention_replaces_the_configured_share_of_the_known():
    torch.manual_seed(0)
    predicted, given = torch.zeros(4000, 1, requires_grad=True), torch.ones(4000, 1)
    known = torch.arange(4000) < 3000
    result = substitute(predicted, given, known, 'intervention', odds=0.3)
    assert result[3000:].sum() == 0 and result.requires_grad
    assert result.sum().item() / 3000 == pytest.approx(0.3, abs=0.03)


def test_correction_takes_the_clinicians_word_where_there_is_one(values):
    result = substitute(*values, 'correction')
    assert result.tolist() == [[1, 0], [0, 1], [0.5, 0.5]]
    result.sum().backward()
    assert values[0].grad.tolist() == [[0, 0], [0, 0], [1, 1]]  # the rest still learns


def test_an_unknown_mode_is_refused(values):
    with pytest.raises(ValueError, match='none of'):
        substitute(*values, 'sequential')


def test_one_rater_answers_for_all_tasks_and_an_absent_rater_is_not_drawn():
    torch.manual_seed(0)
    rows = torch.full((200, 3, 2), NAN)
    rows[:, 0], rows[:, 2] = 0.0, 1.0
    other = rows.clone()
    given = one_rater({'color': rows, 'other': other})
    assert given['color'][1].all()
    assert torch.equal(given['color'][0], given['other'][0])
    assert 0.35 < given['color'][0].mean() < 0.65


def test_not_applicable_is_read_where_color_has_no_white():
    head = MetaHead(TASKS['diagnosis'], CONCEPTS)
    probabilities = {'color': torch.tensor([[1.0, 0], [0.0, 1]]), 'homogeneity': torch.tensor([[0.9, 0.4], [0.9, 0.4]])}
    assert head.read(TASKS['homogeneity'], probabilities).tolist() == [pytest.approx([0.9, 0.4, 0]), [0, 0, 1]]
    # a corrected color carries over: without white, homogeneity says nothing any more
    given = {'color': (torch.tensor([[0.0, 1.0], [0, 1]]), torch.tensor([True, True]))}
    corrected = head(probabilities, given, mode='correction')
    torch.testing.assert_close(corrected[0], corrected[1])


def test_a_linear_meta_head_is_the_sum_of_what_each_feature_adds():
    head = MetaHead(TASKS['diagnosis'], [TASKS['color']])
    with torch.no_grad():
        head.reader.output.weight.copy_(torch.tensor([[1.0, 0], [0, 2], [-1, -1]]))
        head.reader.output.bias.zero_()
    logits = head({'color': torch.tensor([[0.5, 0.25]])})
    assert logits.tolist() == [[0.5, 0.5, -0.75]]


@pytest.mark.parametrize('mode, back', [('joint', True), ('detached', False), ('independent', False),
                                        ('intervention', True)])
def test_only_joint_training_teaches_the_features_by_the_diagnosis(mode, back):
    head = MetaHead(TASKS['diagnosis'], [TASKS['color']], mode=mode, odds=0.)
    color = torch.rand(4, 2, requires_grad=True)
    given = head.given({'color': torch.ones(4, 1, 2)})
    loss = head({'color': color}, given).square().sum()
    loss.backward()
    assert (color.grad is not None and color.grad.abs().sum() > 0) == back
    assert head.reader.output.weight.grad.abs().sum() > 0


def test_record_measured_and_residual_are_read_and_a_missing_value_is_told():
    torch.manual_seed(0)
    head = MetaHead(TASKS['diagnosis'], [TASKS['color']], record_fields=dict(age=dict(center=50, scale=20)), measured=2,
                    residual=4, residual_channels=8)
    color, pooled = {'color': torch.rand(2, 2).expand(2, 2)}, torch.rand(1, 8).expand(2, 8)
    color = {'color': color['color'][:1].expand(2, 2)}

    def logits(age, measured):
        return head(color, record=torch.tensor([[age]] * 2), measured=torch.tensor([measured] * 2), pooled=pooled)[0]
    assert not torch.allclose(logits(0.0, [0.0, 0.0]), logits(NAN, [0.0, 0.0]))  # missing is not average
    assert not torch.allclose(logits(0.0, [0.0, 0.0]), logits(0.0, [0.0, 1.0]))
    assert torch.isfinite(logits(NAN, [NAN, 1.0])).all()
