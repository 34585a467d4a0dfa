"""Which photographs are together, what a head for visits and patients reads of them, and what is said of them."""
import pytest
import torch

from lopm.models.groups import Lesions, add_up, groupings, largest_of
from lopm.models.heads.group import GroupHead, counted
from lopm.models.predict import answer_all, answer_by_tables, predict
from lopm.registry import MODELS
from lopm.tasks import build_tasks
from tests.tiny_model import DISC, GROUP_HEADS, GROUP_TASKS, TASKS, batch, config, draw, of, sample


def photographs():
    """Patient A: two photographs of one visit and one of another; patient B: one that cannot be read, and one."""
    return [of('A', '1', sample(2, seed=1), focal=[0, 0, 1]), of('B', '', sample(1, seed=2), bad='no JPEG'),
            of('A', '2', sample(1, seed=3), referral=[1, 0]), of('A', '1', sample(0, seed=4), spreading=[1]),
            of('B', '', sample(1, seed=5))]


@pytest.fixture
def groups():
    return groupings([labels for _, labels in photographs()], 'cpu')


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MODELS.build(config(tasks=TASKS + GROUP_TASKS, group_heads=GROUP_HEADS))


def test_photographs_are_of_their_visit_and_their_patient(groups):
    assert groups['visit'].of.tolist() == [0, 1, 2, 0, 1] and groups['patient'].of.tolist() == [0, 1, 0, 0, 1]
    assert groups['visit'].part.tolist() == [0, 1, 2, 3, 4] and groups['visit'].of_part.tolist() == [0, 1, 2, 0, 1]
    assert groups['patient'].part.tolist() == [0, 1, 2, 0, 1] and groups['patient'].of_part.tolist() == [0, 1, 0]


def test_an_answer_stands_at_the_first_photograph_that_can_be_read(groups):
    assert groups['visit'].first == [0, 4, 2] and groups['patient'].first == [0, 4]
    unread = groupings([of('C', '', sample(0), bad='gone')[1]], 'cpu')
    assert unread['patient'].first == [-1]


def test_a_word_with_one_photograph_holds_for_all_of_the_visit(groups):
    nan = float('nan')
    targets = torch.tensor([[nan, nan], [nan, nan], [1, 0], [0, 1], [nan, nan]])[:, None]
    torch.testing.assert_close(groups['visit'].known(targets)[:, 0],
                               torch.tensor([[0, 1], [nan, nan], [1, 0]]), equal_nan=True)
    torch.testing.assert_close(groups['patient'].known(targets)[:, 0],
                               torch.tensor([[1., 0], [nan, nan]]), equal_nan=True)


def test_a_record_is_the_mean_of_what_is_known(groups):
    nan = float('nan')
    record = torch.tensor([[60., nan], [nan, nan], [62., 1.], [nan, nan], [nan, nan]])
    torch.testing.assert_close(groups['patient'].mean(record), torch.tensor([[61., 1.], [nan, nan]]), equal_nan=True)


def test_words_are_counted_over_lesions_and_parts(groups):
    words = torch.tensor([[1.], [0.5], [0.25], [1.], [0.]])  # of lesions on photographs 0, 0, 2, 4, 4
    photo, readable = torch.tensor([0, 0, 2, 4, 4]), torch.tensor([True, False, True, True, True])
    patient = counted(groups['patient'], words, photo, readable)
    torch.testing.assert_close(patient[0], torch.tensor([  # any, lesions, visits that show it, most at a visit; numbers
        1, *torch.log1p(torch.tensor([1.75, 1.25, 1.5, 3, 3, 2])).tolist()]), atol=1e-5, rtol=0)
    torch.testing.assert_close(patient[1], torch.tensor([
        1, *torch.log1p(torch.tensor([1., 1, 1, 2, 1, 1])).tolist()]), atol=1e-5, rtol=0)
    visit = counted(groups['visit'], words, photo, readable)
    torch.testing.assert_close(visit[2, :4], torch.tensor([0.25, *[0.2231] * 3]), atol=1e-4, rtol=0)


def test_sums_and_largest_go_where_they_belong():
    values, to = torch.tensor([[1.], [2.], [4.]]), torch.tensor([2, 0, 2])
    assert add_up(values, to, 3).tolist() == [[2], [0], [5]] and largest_of(values, to, 3).tolist() == [[2], [0], [4]]


def test_a_head_does_not_mind_the_order_nor_another_patient_nor_an_unreadable_photograph(groups):
    torch.manual_seed(0)
    tasks = build_tasks(TASKS + GROUP_TASKS)
    head = GroupHead([tasks['spreading']], [tasks['color']], channels=6)
    samples = [labels for _, labels in photographs()]
    photo, said = torch.tensor([0, 0, 1, 2, 4]), {'color': torch.rand(5, 2)}
    pooled, whole, areas = torch.rand(5, 6), torch.rand(5, 6), torch.rand(5)
    readable = torch.tensor([True, False, True, True, True])

    def ask(kept):
        own = torch.tensor([p in kept for p in photo.tolist()])
        place = {p: i for i, p in enumerate(kept)}
        lesions = Lesions({'color': said['color'][own]}, torch.tensor([place[p] for p in photo[own].tolist()]),
                          pooled[own], areas[own])
        return head(groupings([samples[p] for p in kept], 'cpu')['patient'], lesions, whole[kept],
                    readable[kept])['spreading']
    of_a = ask([0, 1, 2, 3, 4])[0]
    torch.testing.assert_close(ask([0, 2, 3])[0], of_a)
    torch.testing.assert_close(ask([3, 2, 0])[0], of_a)
    assert (ask([0, 3])[0] - of_a).abs() > 1e-4  # without the second visit it is another mouth
    of_b = ask([1, 4])[0]
    whole[1], pooled[2], said['color'][2] = 100, 100, 1  # of the photograph that cannot be read
    torch.testing.assert_close(ask([1, 4])[0], of_b)
    whole[4] = torch.rand(6)
    assert (ask([1, 4])[0] - of_b).abs() > 1e-4


def test_a_step_learns_visits_and_patients_and_every_parameter_has_a_gradient(model):
    losses = model(**batch(model, photographs()), mode='loss')
    assert {'focal.loss', 'referral.loss', 'spreading.loss'} <= set(losses)
    assert all(losses[f'{name}.loss'] > 0 for name in ('focal', 'referral', 'spreading'))
    sum(losses.values()).backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


def test_a_batch_without_words_of_visits_trains_without_them(model):
    losses = model(**batch(model, [of('A', '1', sample(0)), of('A', '2', sample(1))]), mode='loss')
    assert losses['focal.loss'] == 0 and losses['spreading.loss'] == 0
    sum(losses.values()).backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]


def test_the_worst_lesion_counts_in_a_table(model):
    model.eval()
    draw(model, DISC)
    data = batch(model, photographs(), False)
    answers = answer_all(model, **{'inputs': data['inputs'], 'samples': data['data_samples']})
    answer, counts = answers['pred_lesions']
    assert counts == [1] * 5
    said = torch.tensor([[1, 0, 0], [0, 0, 1], [0, 0.5, 0.5], [0.8, 0.2, 0], [0, 1, 0]]).float()
    answer.probabilities['diagnosis'].copy_(said)
    groups = groupings(data['data_samples'], 'cpu')
    tables = answer_by_tables(model.tasks, groups, answer, counts)['referral']
    torch.testing.assert_close(tables[0], torch.tensor([0.2, 0.]), atol=1e-5, rtol=0)  # visit 1 of A: lesions 0, 3
    torch.testing.assert_close(tables[2], torch.tensor([1, 0.5]), atol=1e-5, rtol=0)
    torch.testing.assert_close(tables[1], torch.tensor([1., 1.]), atol=1e-5, rtol=0)
    torch.testing.assert_close(tables[4], tables[1])


def test_photographs_of_a_visit_are_told_the_same_and_one_leads(model):
    model.eval()
    samples = predict(model, *batch(model, photographs(), False).values())
    said = [sample.pred_image['referral'] for sample in samples]
    assert said[0].equal(said[3]) and said[1].equal(said[4]) and not said[0].equal(said[2])
    assert [sample.leads for sample in samples] == [
        {'visit': True, 'patient': True}, {'visit': False, 'patient': False}, {'visit': True, 'patient': False},
        {'visit': False, 'patient': False}, {'visit': True, 'patient': True}]


def test_an_ensemble_is_the_mean_of_its_members_also_of_visits():
    torch.manual_seed(0)
    own = config(tasks=TASKS + GROUP_TASKS, group_heads=GROUP_HEADS)
    ensemble = MODELS.build(dict(type='Ensemble', members=[own, own], data_preprocessor=own['data_preprocessor']))
    ensemble.eval()
    for member in ensemble.members:
        draw(member, DISC)
    together = predict(ensemble, *batch(ensemble, photographs(), False).values())
    alone = [predict(member, *batch(member, photographs(), False).values()) for member in ensemble.members]
    for name in ('focal', 'referral', 'spreading'):
        mean = (alone[0][0].pred_image[name] + alone[1][0].pred_image[name]) / 2
        torch.testing.assert_close(together[0].pred_image[name], mean)


@pytest.mark.parametrize('changes, words', [
    (dict(feature_heads=dict(wrong=dict(type='FeatureHead', tasks=['focal']))), "give it to a head of group_heads"),
    (dict(group_heads=dict(visit=dict(type='GroupHead', tasks=['color']))), 'group_heads answer for visits and'),
    (dict(group_heads=dict(visit=dict(type='GroupHead', tasks=['focal', 'spreading']))), 'each level its own head'),
    (dict(group_heads=dict(visit=dict(type='GroupHead', tasks=['focal'], concepts=['hue']))), "concepts ['hue']")])
def test_a_task_in_the_wrong_head_is_refused(changes, words):
    with pytest.raises(ValueError) as error:
        MODELS.build(config(tasks=TASKS + GROUP_TASKS, **changes))
    assert words in str(error.value)


@pytest.mark.parametrize('table, words', [
    (dict(of='color', words={}), "reads 'color', which is no multiclass task"),
    (dict(of='diagnosis', words=dict(a='none', b='routine')), 'gives no grade to c of diagnosis'),
    (dict(of='diagnosis', words=dict(a='none', b='routine', c='urgently')), "did you mean 'urgent'"),
    (dict(words={}), 'give of=TASK')])
def test_a_table_that_leaves_something_open_is_refused(table, words):
    tasks = TASKS + [{**GROUP_TASKS[1], 'by_table': table}]
    with pytest.raises(ValueError) as error:
        build_tasks(tasks)
    assert words in str(error.value)
