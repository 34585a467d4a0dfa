"""What a training step costs, beside the same step in mmsegmentation, and with all heads.

    python benchmarks/step_time.py --out step_time.json
    python benchmarks/step_time.py --against ../before    # another checkout's step, and this one's, in turns

Models of equal backbone, neck and decode head (ResNet-18, FPN, FPNHead; 16 photographs of 128 pixels) take turns:

    mmseg     mmseg's EncoderDecoder; two output channels, and lopm's outline loss through an adapter
    outline   lopm's MultiTaskModel with nothing but the outline, with the same weights
    all       configs/isic2017.py on this backbone: outline, four feature heads and the meta head
    PCGrad, CAGrad, AlignedMTL    the same with gradient surgery

A step is preprocessing, losses, gradients and the optimizer's update, on a batch that lies in memory. Printed are
medians and their ratios with a bootstrap interval over the rounds; that of outline to mmseg should begin below 1.02,
and that of all to outline stay below 1.20. Nothing else should run on the machine.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from lopm.arguments import run_tool

BATCH, SIZE = 16, 128
CONFIG = Path(__file__).parents[1] / 'configs' / 'isic2017.py'
SURGERY = 'PCGrad', 'CAGrad', 'AlignedMTL'
RATIOS = (('outline', 'mmseg', 1.02), ('all', 'outline', 1.20), *((name, 'all', None) for name in SURGERY))


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--steps', type=int, default=300, help='of each model; default: 300')
    parser.add_argument('--threads', type=int, default=2, help='default: 2')
    parser.add_argument('--profile', action='store_true', help='also print what the heads\' steps spend their time on')
    parser.add_argument('--against', type=Path, metavar='CHECKOUT', help='another checkout of the project: its step '
                        'with all heads and this one\'s in turns, a process each, and nothing else')
    parser.add_argument('--out', type=Path, help='json file for the result')
    return parser.parse_args(args)


def build_models():
    """``{name: model}``, all with the same weights where they have the same modules."""
    import torch
    from mmengine.config import Config

    from lopm.engine.parts import hand_out
    from lopm.registry import MODELS
    cfg = hand_out(Config.fromfile(CONFIG))
    cfg.model.backbone, cfg.model.task_weights = dict(type='mmpretrain.ResNet', depth=18), {}
    torch.manual_seed(0)
    everything = MODELS.build(cfg.model)
    outline_cfg = {key: value for key, value in cfg.model.items() if key not in ('feature_heads', 'meta_head')}
    outline = MODELS.build(outline_cfg)
    for name in ('backbone', 'neck', 'outline_head'):
        getattr(outline, name).load_state_dict(getattr(everything, name).state_dict())
    settled = {name: MODELS.build({**cfg.model, 'surgery': dict(type=name)}) for name in SURGERY}
    return {'mmseg': build_peer(cfg, outline), 'outline': outline, 'all': everything, **settled}, cfg


def build_peer(cfg, outline):
    """mmseg's EncoderDecoder of the same modules and weights."""
    from torch import nn

    from lopm.losses import mask_loss
    from lopm.registry import MODELS

    class OutlineLoss(nn.Module):
        """lopm's loss of lesion and core, on mmseg's one map: 0 background, 1 lesion, 2 its core, 255 unknown."""

        loss_name = 'loss_outline'

        def forward(self, logits, label, weight=None, ignore_index=255):
            known = label != ignore_index
            lesion = mask_loss(logits[:, 0], label.clamp(max=1).where(known, label))[0]
            core = mask_loss(logits[:, 1], (label == 2).to(label.dtype).where(known, label))[0]
            return (lesion + outline.outline_head.core_weight * core).mean()

    head = outline.outline_head.decode_head
    peer = MODELS.build(dict(
        type='mmseg.EncoderDecoder', data_preprocessor=dict(cfg.model.data_preprocessor, type='SegDataPreProcessor'),
        backbone=dict(cfg.model.backbone, out_indices=range(4)), neck=dict(
            cfg.model.neck, type='FPN', in_channels=outline.neck.in_channels, num_outs=outline.neck.num_outs),
        decode_head=dict(type='FPNHead', in_channels=head.in_channels, in_index=head.in_index, num_classes=2,
                         channels=head.channels, feature_strides=head.feature_strides)))
    peer.decode_head.loss_decode = OutlineLoss()
    body = getattr(outline.backbone, 'body', outline.backbone)
    peer.backbone.load_state_dict(body.state_dict())
    peer.neck.load_state_dict(outline.neck.state_dict())
    peer.decode_head.load_state_dict(head.state_dict())
    return peer


def make_batches(cfg):
    """``{name: batch}`` of one disc-shaped lesion per photograph with random words, as a data loader would give it."""
    import numpy as np
    import torch
    from mmengine.structures import PixelData
    from mmseg.structures import SegDataSample

    from lopm.datasets.transforms import PackLesions
    from lopm.tasks import build_tasks
    rng = np.random.default_rng(0)
    tasks = list(build_tasks(cfg.tasks).with_words.values())
    pack = PackLesions(jitter=0.5)
    packed = [pack(make_item(rng, tasks)) for _ in range(BATCH)]
    own = dict(inputs=[each['inputs'] for each in packed], data_samples=[each['data_samples'] for each in packed])
    peers = []
    for sample in own['data_samples']:
        maps = sample.maps()
        label = (maps['lesion'] > 0).long() + (maps['core'] == 1)
        peers.append(SegDataSample(metainfo=dict(img_shape=(SIZE, SIZE), ori_shape=(SIZE, SIZE)),
                                   gt_sem_seg=PixelData(data=label.where(maps['core'] != 255, 255)[None])))
    assert all(torch.unique(sample.gt_sem_seg.data).numel() == 3 for sample in peers)
    return {'mmseg': dict(inputs=own['inputs'], data_samples=peers), **dict.fromkeys(('outline', 'all', *SURGERY), own)}


def make_item(rng, tasks):
    """What ``PackLesions`` packs: a photograph of noise with a disc for a lesion."""
    import numpy as np
    y, x = np.mgrid[:SIZE, :SIZE]
    cy, cx = rng.uniform(40, SIZE - 40, 2)
    lesion = (np.hypot(y - cy, x - cx) < rng.uniform(15, 35)).astype(np.uint8)
    words = {task.name: task.encode(task.classes[rng.integers(len(task.classes))])[None, None] for task in tasks}
    return dict(
        img=rng.integers(0, 255, (SIZE, SIZE, 3), np.uint8) // 2 + 60 * lesion[..., None], gt_seg_map=lesion,
        seg_fields=['gt_seg_map'], img_shape=(SIZE, SIZE), ori_shape=(SIZE, SIZE), img_path='', image_id=0, bad='',
        outlined=True, test_mode=False, lesions=[dict(lesion_id='1')], raters=[''],
        lesion_areas=np.array([lesion.sum()]), targets=words, image_targets={}, record=np.zeros(3, np.float32))


def make_step(model, batch):
    """A function that takes one training step and returns its loss."""
    import torch
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)

    def step():
        data = model.data_preprocessor(batch, training=True)
        loss, _ = model.parse_losses(model(**data, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss)
    return step


def check_equal(steps):
    """The first losses of two models with the same weights and random numbers must be the same."""
    import torch
    losses = []
    for name in ('mmseg', 'outline'):
        torch.manual_seed(0)
        losses.append(steps[name]())
    if abs(losses[0] - losses[1]) > 1e-4:
        raise SystemExit(f'the models do not compute the same: losses {losses} of mmseg and outline')


def take_turns(steps, rounds):
    """Seconds of every step, ``{name: [rounds]}``; the order changes from round to round."""
    import time

    import numpy as np
    from rich.progress import track
    seconds = {name: [] for name in steps}
    rng = np.random.default_rng(0)
    for _ in track(range(rounds), 'taking turns'):
        for name in rng.permutation(list(steps)):
            start = time.perf_counter()
            steps[name]()
            seconds[name].append(time.perf_counter() - start)
    return {name: np.array(values) for name, values in seconds.items()}


def ratio_of_medians(a, b, num=2000):
    """Ratio of medians and its 95 % interval, rounds drawn with replacement, in pairs."""
    import numpy as np
    draws = np.random.default_rng(0).integers(len(a), size=(num, len(a)))
    ratios = np.median(a[draws], 1) / np.median(b[draws], 1)
    return np.median(a) / np.median(b), *np.percentile(ratios, [2.5, 97.5])


def report(seconds):
    """Print the table; returns it as a dict."""
    import numpy as np
    result = {name: dict(median_ms=1000 * float(np.median(values)), steps=len(values))
              for name, values in seconds.items()}
    for name, row in result.items():
        print(f'{name:10} {row["median_ms"]:8.1f} ms')
    for a, b, most in RATIOS:
        ratio, low, high = map(float, ratio_of_medians(seconds[a], seconds[b]))
        result[f'{a}/{b}'] = dict(ratio=ratio, low=low, high=high, most=most)
        print(f'{a} / {b}: {ratio:.3f}, 95 % interval {low:.3f} to {high:.3f}'
              + (f'; should be at most {most}' if most else ''))
    return result


def profile(steps):
    """Print the costliest operations of a step, outline alone and with all heads."""
    from torch.profiler import profile as record
    for name in ('outline', 'all'):
        with record() as trace:
            steps[name]()
        print(name, trace.key_averages().table(sort_by='self_cpu_time_total', row_limit=25, max_name_column_width=40))


SERVE = """
import sys, torch, step_time
torch.set_num_threads(int(sys.argv[1]))
models, cfg = step_time.build_models()
step = step_time.make_step(models['all'], step_time.make_batches(cfg)['all'])
for _ in sys.stdin:
    step()
    print('done', flush=True)
"""


class Checkout:
    """A process that takes steps by the code of a checkout, one whenever it is asked; as ``make_step`` of this file."""

    def __init__(self, root, threads):
        scripts = next(folder for folder in (root / 'benchmarks', root / 'tools/benchmark') if folder.is_dir())
        paths = os.pathsep.join(map(str, (root, scripts)))
        self.process = subprocess.Popen(
            [sys.executable, '-c', SERVE, str(threads)], cwd=root, env={**os.environ, 'PYTHONPATH': paths}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __call__(self):
        self.process.stdin.write('step\n')
        self.process.stdin.flush()
        while not (line := self.process.stdout.readline()).startswith('done'):
            if not line:
                raise SystemExit('a checkout could not take a step; run its own step_time.py to see why')


def compare_checkouts(other, threads, rounds):
    """Seconds of the steps of both checkouts, in turns."""
    roots = {'this': Path(__file__).resolve().parents[1], 'other': other.resolve()}
    steps = {name: Checkout(root, threads) for name, root in roots.items()}
    take_turns(steps, 5)
    seconds = take_turns(steps, rounds)
    print('this / other: {:.3f}, 95 % interval {:.3f} to {:.3f}'.format(
        *map(float, ratio_of_medians(seconds['this'], seconds['other']))))


def main(args):
    if args.against:
        return compare_checkouts(args.against, args.threads, args.steps)
    import torch
    torch.set_num_threads(args.threads)
    models, cfg = build_models()
    batches = make_batches(cfg)
    steps = {name: make_step(model, batches[name]) for name, model in models.items()}
    check_equal(steps)
    take_turns(steps, 5)
    result = report(take_turns(steps, args.steps))
    if args.profile:
        profile(steps)
    if args.out:
        result = {'threads': args.threads, 'torch': torch.__version__, **result}
        args.out.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    run_tool(main, parse_args())
