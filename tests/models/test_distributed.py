"""One process equals two gloo ranks, whatever labels and lesions each rank happens to hold."""
import os
import socket
from types import SimpleNamespace

import pytest
import torch
import torch.multiprocessing
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper

from lopm.engine.balancing import BalancingHook
from lopm.engine.progress import ReduceLogsHook
from lopm.registry import MODELS
from tests.tiny_model import GROUP_HEADS, GROUP_TASKS, TASKS, config, of, placed, sample

pytestmark = pytest.mark.slow

# The photographs of rank 0, then those of rank 1.
STEPS = {
    'one rank without a label': [[sample(2), sample(1, seed=1)], [sample(2, known=False), sample(1, known=False)]],
    'one rank without a lesion': [[sample(2, seed=3), sample(1, seed=4)], [sample(0, seed=5), sample(0, seed=6)]],
    'one rank without an outline': [[sample(2, seed=3), sample(1, seed=4)], [placed(5), placed(6)]],
    'uneven counts': [[sample(2, seed=7), sample(2, seed=8)], [sample(0, seed=9), sample(1, seed=10)]],
    'whole patients': [
        [of('A', '1', sample(2, seed=3), focal=[0, 0, 1], spreading=[1]),
         of('A', '2', sample(1, seed=4), referral=[1, 1]),
         of('B', '1', sample(0, seed=5), focal=[1, 0, 0], spreading=[0])],
        [of('C', '1', sample(1, seed=6), focal=[0, 1, 0])]]}


METHODS = {'plain': {}, 'groups': dict(tasks=TASKS + GROUP_TASKS, group_heads=GROUP_HEADS)} | {
    name: dict(balancing=dict(type=name)) for name in ('UncertaintyBalancing', 'DWABalancing', 'FAMOBalancing')} | {
    name: dict(surgery=dict(type=name)) for name in ('PCGrad', 'CAGrad', 'AlignedMTL')}
CASES = [('plain', name) for name in STEPS] + [('groups', 'whole patients')] + [
    (method, 'uneven counts') for method in METHODS if method not in ('plain', 'groups')]


def step(method, photographs, wrap):
    """Three steps of a new model, an epoch each: its parameters and buffers afterwards, and what is logged."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    # Which photographs use the predicted outline is random.
    model = MODELS.build(config(predicted_odds=0., **METHODS[method]))
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01), clip_grad=dict(max_norm=5.))
    wrapped, hook = wrap(model), BalancingHook()
    runner = SimpleNamespace(model=wrapped, optim_wrapper=optimizer, seed=0, iter=0, train_loop=None)
    for _ in range(3):
        inputs, data_samples = zip(*photographs)
        logs = wrapped.train_step(dict(inputs=list(inputs), data_samples=list(data_samples)), optimizer)
        ReduceLogsHook().after_train_iter(None, 0, outputs=logs)
        hook.after_train_iter(runner, 0)
        hook.after_train_epoch(runner)
    return model.state_dict(), logs


def run_rank(rank, port, out):
    os.environ.update(RANK=str(rank), WORLD_SIZE='2', MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.distributed.init_process_group('gloo')
    results = {case: step(case[0], STEPS[case[1]][rank], MMDistributedDataParallel) for case in CASES}
    torch.save(results, f'{out}/{rank}.pth')
    torch.distributed.destroy_process_group()


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    """What both ranks come to."""
    out = tmp_path_factory.mktemp('ranks')
    with socket.socket() as any_port:
        any_port.bind(('127.0.0.1', 0))
        port = any_port.getsockname()[1]
    torch.multiprocessing.spawn(run_rank, (port, str(out)), nprocs=2)
    return [torch.load(out / f'{rank}.pth') for rank in (0, 1)]


@pytest.mark.parametrize('case', CASES, ids=': '.join)
def test_two_ranks_step_like_one_process_that_sees_all(case, ranks):
    (first, logs), (second, _) = ranks[0][case], ranks[1][case]
    alone, logs_alone = step(case[0], sum(STEPS[case[1]], []), lambda model: model)
    for key, value in alone.items():
        assert first[key].equal(second[key])
        torch.testing.assert_close(first[key], value, rtol=0, atol=2e-6)
    for key, value in logs_alone.items():
        torch.testing.assert_close(logs[key], value, rtol=1e-4, atol=1e-5)
