"""What a user types after --cfg-options becomes what Python would read, or a sentence."""
import pytest
from mmengine.config import Config

from lopm.engine.options import apply_options


def changed(*options):
    cfg = Config(dict(size=(144, 192), lr=1e-3, epochs=12, resume=False, root='data', judged_by=['a', 'b'], head=None,
                      model=dict(record_fields=dict(age=dict(center=50)), heads=[dict(type='A', odds=[2, 1])])))
    apply_options(cfg, options)
    return cfg


@pytest.mark.parametrize('option, key, value', [
    ('epochs=5', 'epochs', 5), ('lr=1e-4', 'lr', 1e-4), ('resume=True', 'resume', True),
    ('resume=false', 'resume', False), ('size=(64,64)', 'size', (64, 64)), ('size=[96, 128]', 'size', (96, 128)),
    ('size=96,128', 'size', (96, 128)), ('size=64', 'size', (64,)), ('root=2017', 'root', '2017'),
    ('root="a b"', 'root', 'a b'), ('root=a=b', 'root', 'a=b'), ('judged_by=c/auroc', 'judged_by', ['c/auroc']),
    ('judged_by=[c/auroc,d]', 'judged_by', ['c/auroc', 'd']), ("judged_by=['c']", 'judged_by', ['c']),
    ('judged_by=None', 'judged_by', None), ('head=dict', 'head', 'dict'),
    ("head={'type': 'X'}", 'head', {'type': 'X'}), ('new=[(1, 2), a, None]', 'new', [(1, 2), 'a', None]),
    ('new=1,2', 'new', (1, 2))])
def test_values_are_typed(option, key, value):
    found = changed(option)[key]
    assert found == value and type(found) is type(value) or isinstance(value, dict)


def test_a_dict_takes_the_place_of_the_configs_own():
    assert changed('model.record_fields={}').model.record_fields == {}
    assert changed("model.record_fields={'sex': {'words': ['f', 'm']}}").model.record_fields == dict(
        sex=dict(words=['f', 'm']))
    assert changed('model.record_fields.age.center=40').model.record_fields == dict(age=dict(center=40))


def test_parts_of_lists_and_what_is_not_there_yet():
    assert changed('model.heads.0.type=B').model.heads == [dict(type='B', odds=[2, 1])]
    assert changed('model.heads.0.odds.1=7').model.heads[0].odds == [2, 7]
    assert changed('size.0=48').size == (48, 192)
    assert changed('model.task_weights.color=0.').model.task_weights == dict(color=0.)


@pytest.mark.parametrize('option, said', [
    ('epochs', 'write KEY=VALUE'), ('epochs=many', 'the config has 12 there; give a number'),
    ('epochs=[1]', 'give a number'), ('resume=1', 'give true or false'), ('model.record_fields=5', 'give a dict'),
    ('model.record_fields={age: 3}', 'in quotes'), ('root={"a": 1}', 'give a text'), ('size={}', 'give a list'),
    ('epochs=True', 'give a number'), ('judged_by=[a', 'brackets'), ('model.heads.1.type=B', 'is a list of 1'),
    ('model.heads.type=B', 'is a list of 1'), ('epochs.x=1', "epochs is 12 and has no part 'x'"),
    ('head.type=X', "head is None and has no part 'type'")])
def test_what_does_not_fit_is_a_sentence(option, said):
    with pytest.raises(ValueError, match='--cfg-options') as caught:
        changed(option)
    assert said in str(caught.value)
