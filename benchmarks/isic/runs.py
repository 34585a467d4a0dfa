"""One run: train one method with one backbone, size and seed, and write what it is worth. A finished one is kept."""
import contextlib
import time
from pathlib import Path
from typing import NamedTuple

from isic import scores
from isic.backbones import SHARED
from lopm.files import write_json

METHODS = ('lopm', 'mmseg', 'mmpretrain')


class Run(NamedTuple):
    """What is trained; ``size``: pixels of a side."""

    size: int
    seed: int
    backbone: str
    method: str

    def folder(self, out):
        return Path(out) / f'{self.backbone}_{self.size}' / f'{self.method}_{self.seed}'

    def is_done(self, folder):
        """Whether its scores stand in the folder of scores."""
        return scores.file_of(self, folder).is_file()


def all_runs(args):
    """Every ``Run``, what is wanted first first: small before large, a seed of all backbones before the next seed."""
    return [Run(size, seed, backbone, method) for size in args.sizes for seed in args.seeds
            for backbone in args.backbones for method in METHODS
            if method == 'lopm' or backbone == SHARED or args.all_peers]


def train(job):
    """Train and predict, in a process of its own; its log goes to ``log.txt`` of the run's folder."""
    import torch

    from isic import own
    run, args = job
    out = run.folder(args.out)
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    start = time.time()
    with open(out / 'log.txt', 'w') as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        predictions = PREDICT[run.method](run, out, args)
        write_json(out / 'predictions.json', {'seconds': time.time() - start, 'photographs': predictions})
        scores.write(run, args, predictions, own.load_config(args, run))


def train_lopm(run, out, args):
    import torch

    from isic import data, own, readers
    model, loaders = own.train(own.load_config(args, run), out, run.seed, args.limit)
    torch.save(model.state_dict(), out / 'weights.pth')
    readings = {part: [each for batch in loader for each in own.read(model, model.test_step(batch))]
                for part, loader in loaders.items()}
    readers.save(out, readings)
    return {each['name']: {'outline': data.encode_outline(each['outline']),
                           'diagnosis': each['tasks']['diagnosis'].tolist() if each['matched'] else None}
            for each in readings['test']}


def train_mmseg(run, out, args):
    from isic import data
    model, loader = train_peer('mmseg_config', run, out, args)
    samples = (sample for batch in loader for sample in model.test_step(batch))
    return {Path(sample.img_path).stem: {'outline': data.encode_outline(sample.pred_sem_seg.data[0].cpu().numpy() == 1)}
            for sample in samples}


def train_mmpretrain(run, out, args):
    model, loader = train_peer('mmpretrain_config', run, out, args)
    samples = (sample for batch in loader for sample in model.test_step(batch))
    return {Path(sample.img_path).stem: {'diagnosis': sample.pred_score.tolist()} for sample in samples}


def train_peer(config, run, out, args):
    from isic import own, peers
    config = getattr(peers, config)(args.data, args.out / 'peers', run)
    return peers.train_peer(config, own.load_config(args, run), out, run.seed, args.limit)


PREDICT = {'lopm': train_lopm, 'mmseg': train_mmseg, 'mmpretrain': train_mmpretrain}
