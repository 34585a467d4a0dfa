r"""From when on to refer: a threshold that validation chooses for a stated sensitivity, measured once on the test part.

    python tools/test.py configs/patients.py best.pth --predictions test.parquet
    python tools/test.py configs/patients.py best.pth --predictions val.parquet \
        --cfg-options test_dataloader.dataset.ann_file=val.json
    lopm operate val.parquet test.parquet --task referral --from urgent --sensitivity 0.9 --out operating.json

For tasks that are answered in words, of a lesion, a photograph, a visit or a patient; of grades, from a word on. Writes
sensitivity, specificity, predictive values with intervals over patients, how many are referred for each that is found,
and net benefit at the odds of the threshold and as a curve, to FILE and, as a picture, to FILE.png. The threshold is of
the network's own probabilities; a pack scales what it shows of these, and compares unscaled. lopm screen refuses it
with any other network, and with the same one in another size or averaged otherwise.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('validation', type=existing_file, metavar='VALIDATION.parquet')
    parser.add_argument('test', type=existing_file, metavar='TEST.parquet')
    parser.add_argument('--task', default='referral', metavar='NAME', help='default: referral')
    parser.add_argument('--from', dest='word', required=True, metavar='WORD',
                        help='who is to be found: this word, of grades also those above it')
    parser.add_argument('--sensitivity', type=float, default=0.9, metavar='SHARE',
                        help='that is to be reached in validation; default: 0.9')
    parser.add_argument('--checkpoint', type=existing_file, metavar='FILE',
                        help='the weights that predicted: says beside the figures if they only saw drawings')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE', help='such as operating.json')
    return parser.parse_args(args)


def main(args):
    from lopm.pictures.operating import draw_point
    from lopm.screening.choosing import choose_point
    from lopm.screening.operating_point import write_point
    point = choose_point(args.validation, args.test, args.task, args.word, args.sensitivity)
    if args.checkpoint:
        note_origin(point, args.checkpoint)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_point(args.out, point)
    draw_point(point, args.out.with_suffix('.png'))
    print('\n'.join(lines(point)))


def note_origin(point, checkpoint):
    """Note in a point where its checkpoint was trained on drawings."""
    from lopm.files import sha256
    from lopm.pictures.style import SYNTHETIC
    from lopm.screening.origin import drawn
    if sha256(checkpoint) not in point.weights_sha256:
        raise ValueError(f'{checkpoint}: did not write these predictions; give the checkpoint that did')
    point.note = SYNTHETIC if drawn(checkpoint) else ''


def lines(point):
    """What was found, for the terminal."""
    from lopm.wording import score_in_words
    test = point.test
    yield f'{point.task} {point.word}: threshold {point.threshold:.4g}, chosen on {point.validation.positives} ' \
          f'{point.validation.unit} of {point.validation.positive_patients} patients'
    yield f'test: {test.positives} of {test.positives + test.negatives} {test.unit} of {test.patients} patients'
    for name in ('sensitivity', 'specificity', 'ppv', 'npv', 'referred_per_found'):
        yield f'{name.replace("_", " "):20}{score_in_words(name, *getattr(point, name))}'
    yield f'net benefit         {point.net_benefit["model"]:.3f}, of referring all {point.net_benefit["all"]:.3f}, ' \
          'none 0'
    yield from [point.note] * bool(point.note)
