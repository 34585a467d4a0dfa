"""From a photograph of 12 megapixels to a case with its reasons: time and memory, and beside six single models.

    python benchmarks/case_time.py packs/multitask
    python benchmarks/case_time.py packs/multitask --photograph IMG_0412.jpg --rounds 20

In turns, on the same file and as many threads: the pack's case (outlines, words, doubt, reasons, look-alikes, what
would change it, measured values; with and without where each head looked), and what it takes without lopm: mmseg's
``inference_model`` and five times mmpretrain's ``ImageClassificationInferencer``, one after the other, each with the
pack's backbone, neck and size, and random weights. Models are loaded before. Peak memory: of a process of its own that
loads the pack and makes one case.
"""
import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lopm.arguments import existing_file, run_tool

FEATURES = 5  # that single models would be for


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=Path, metavar='PACK')
    parser.add_argument('--photograph', type=existing_file, metavar='FILE',
                        help='default: a drawing, enlarged to 4,000 x 3,000 pixels')
    parser.add_argument('--rounds', type=int, default=10, metavar='N', help='default: 10')
    parser.add_argument('--threads', type=int, default=2, help='default: 2')
    parser.add_argument('--once', action='store_true', help=argparse.SUPPRESS)
    return parser.parse_args()


def draw(folder):
    """A drawing of 12 megapixels."""
    import cv2

    from lopm.datasets.synthetic.generate import ensure_synthetic
    name = next((ensure_synthetic(folder / 'drawn', 4, seed=5) / 'images').iterdir())
    path = folder / 'large.jpg'
    cv2.imwrite(str(path), cv2.resize(cv2.imread(str(name)), (4000, 3000), interpolation=cv2.INTER_CUBIC))
    return path


def single_models(predictor):
    """A function of a file for each of mmseg's and mmpretrain's models: the pack's backbone and size."""
    from mmengine.config import Config, ConfigDict
    from mmpretrain import ImageClassificationInferencer
    from mmseg.apis import inference_model
    from mmseg.registry import MODELS
    from mmseg.utils import register_all_modules
    first, cfg = predictor.first, predictor.cfg.model
    if cfg.type == 'Ensemble':
        cfg = cfg.members[0]
    size = next(each['size'] for each in predictor.cfg.test_dataloader.dataset.pipeline
                if each['type'] == 'FitPhotograph')
    size = tuple(size)[::-1]
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    backbone = {**cfg.backbone, 'type': cfg.backbone.type}
    channels = [each.shape[1] for each in first.backbone(
        next(first.parameters()).new_zeros(1, 3, *size[::-1]))]
    count = len(channels)
    register_all_modules(init_default_scope=True)
    load = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=size, keep_ratio=True)]
    outline = MODELS.build(ConfigDict(
        type='EncoderDecoder', data_preprocessor=dict(type='SegDataPreProcessor', mean=mean, std=std, bgr_to_rgb=True,
                                                      size=size[::-1], test_cfg=dict(size=size[::-1])),
        backbone=backbone, neck=dict(type='FPN', in_channels=channels, out_channels=64, num_outs=count),
        decode_head=dict(type='FPNHead', in_channels=[64] * count, in_index=list(range(count)),
                         feature_strides=[4 * 2 ** i for i in range(count)], channels=64, num_classes=2,
                         align_corners=False), test_cfg=dict(mode='whole'))).eval()
    outline.cfg = Config(dict(test_pipeline=[*load, dict(type='PackSegInputs')],
                              test_dataloader=dict(dataset=dict(pipeline=[*load, dict(type='PackSegInputs')]))))
    classify = scoped('mmpretrain', ImageClassificationInferencer)(Config(dict(
        model=dict(type='ImageClassifier', data_preprocessor=dict(mean=mean, std=std, to_rgb=True), backbone=backbone,
                   neck=dict(type='GlobalAveragePooling'),
                   head=dict(type='LinearClsHead', num_classes=6, in_channels=channels[-1])),
        test_dataloader=dict(dataset=dict(type='CustomDataset', pipeline=[*load, dict(type='PackInputs')])))),
        pretrained=False, device='cpu')
    return [scoped('mmseg', lambda file: inference_model(outline, file))] + [
        scoped('mmpretrain', classify)] * FEATURES


def scoped(scope, work):
    """Work in the default scope of a package."""
    from mmengine.registry import DefaultScope

    def run(*given, **more):
        with DefaultScope.overwrite_default_scope(scope):
            return work(*given, **more)
    return run


def main(args):
    import torch
    torch.set_num_threads(args.threads)
    from lopm.predictor import Predictor
    if args.once:
        Predictor(args.pack, threads=args.threads, looked=True)(args.photograph)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = str(args.photograph or draw(Path(folder)))
        ways = {'case': Predictor(args.pack, threads=args.threads),
                'case, with where heads looked': Predictor(args.pack, threads=args.threads, looked=True)}
        singles = single_models(ways['case'])
        ways['outline and five features by single models'] = lambda path: [single(path) for single in singles]
        took = {name: [] for name in ways}
        for turn in range(args.rounds + 1):
            for name, way in ways.items():
                start = time.perf_counter()
                way(file)
                took[name] += [time.perf_counter() - start] * bool(turn)
        case = ways['case'](file)
        print(f'{case.size[0]} x {case.size[1]} pixels, {len(case.lesions)} lesions, {args.threads} threads, '
              f'{args.rounds} rounds')
        for name, seconds in took.items():
            ratio = statistics.median(a / b for a, b in zip(seconds, took['case']))
            print(f'{name:46} {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), '
                  f'{ratio:.2f} times the case')
        once = subprocess.run([sys.executable, __file__, str(args.pack), '--photograph', file, '--once',
                               '--threads', str(args.threads)], capture_output=True, text=True, check=True)
        print(f'peak memory of a process that makes one case: {float(once.stdout.split()[-1]):.0f} MB')


if __name__ == '__main__':
    run_tool(main, parse_args())
