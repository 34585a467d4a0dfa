"""One run: train one method with one seed, and write what it predicts. A finished run is not repeated."""
import contextlib
import json
import time
from pathlib import Path

from lopm.files import write_json

METHODS = ('lopm', 'mmseg', 'mmpretrain')
PREDICTIONS = 'predictions.json'


def run(method, seed, args):
    """Train and predict, in a process of its own; its log goes to ``OUT/<method>_<seed>/log.txt``. Returns seconds."""
    import torch
    out = Path(args.out) / f'{method}_{seed}'
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    start = time.time()
    with open(out / 'log.txt', 'w') as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        predictions = PREDICT[method](out, seed, args)
    seconds = time.time() - start
    write_json(out / PREDICTIONS, {'seconds': seconds, 'photographs': predictions})
    return seconds


def is_done(method, seed, out):
    return (Path(out) / f'{method}_{seed}' / PREDICTIONS).is_file()


def load(method, seed, out):
    """``{photograph: {outline, diagnosis}}``, whichever of the two the method gives."""
    return json.loads((Path(out) / f'{method}_{seed}' / PREDICTIONS).read_text())['photographs']


def run_lopm(out, seed, args):
    import torch

    from isic import data, own, readers
    model, loaders = own.train(own.load_config(args.data, args.epochs, args.amp), out, seed, args.limit)
    torch.save(model.state_dict(), out / 'weights.pth')
    readings = {part: [each for batch in loader for each in own.read(model, model.test_step(batch))]
                for part, loader in loaders.items()}
    readers.save(out, readings)
    return {each['name']: {'outline': data.encode_outline(each['outline']),
                           'diagnosis': each['tasks']['diagnosis'].tolist() if each['matched'] else None}
            for each in readings['test']}


def run_mmseg(out, seed, args):
    from isic import data
    model, loader = train_peer('mmseg_config', out, seed, args)
    samples = (sample for batch in loader for sample in model.test_step(batch))
    return {Path(sample.img_path).stem: {'outline': data.encode_outline(sample.pred_sem_seg.data[0].cpu().numpy() == 1)}
            for sample in samples}


def run_mmpretrain(out, seed, args):
    model, loader = train_peer('mmpretrain_config', out, seed, args)
    samples = (sample for batch in loader for sample in model.test_step(batch))
    return {Path(sample.img_path).stem: {'diagnosis': sample.pred_score.tolist()} for sample in samples}


def train_peer(config, out, seed, args):
    from isic import own, peers
    cfg = own.load_config(args.data, args.epochs, args.amp)
    files = Path(args.out) / 'peers'
    return peers.train_peer(getattr(peers, config)(args.data, files), cfg, out, seed, args.limit)


PREDICT = {'lopm': run_lopm, 'mmseg': run_mmseg, 'mmpretrain': run_mmpretrain}
