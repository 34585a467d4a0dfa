"""Is the bottleneck honest? How much of the diagnosis passes through the features, and what slips past them.

    lopm bottleneck configs/multitask.py work_dirs/multitask/best.pth --out bottleneck
    lopm bottleneck configs/multitask.py best.pth --data OTHER_SET      # its test part

On the test part, readers are fitted to different inputs, cross-validated over patients: the predicted features alone;
with measured values, the record, pooled feature maps; the maps alone, as a black box; the true features. Beside them
the ceiling of the feature table as raters filled it in, leakage (predicted features that tell more than true ones, or
anything beside them), and what is lost without each feature. A few hundred lesions are needed to say anything. Lesions
without an outline, without a diagnosis or with an unknown feature are left out. OUT gets bottleneck.csv and .png.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_options_argument, existing_file, existing_folder


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='that the checkpoint was trained with')
    parser.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT', help='usually best.pth')
    parser.add_argument('--out', type=Path, default=Path('bottleneck'), metavar='DIR', help='default: bottleneck')
    parser.add_argument('--data', type=existing_folder, metavar='DIR',
                        help="a data set whose test part is used; default: the config's")
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from lopm.analysis.ceiling import ceiling
    from lopm.analysis.ratings import read_ratings
    from lopm.analysis.variables import diagnosis_of, features_of
    from lopm.engine.launch import load_config
    from lopm.engine.parts import annotations
    from lopm.engine.runner import LesionRunner
    from lopm.engine.testing import load_trained
    from lopm.pictures.bottleneck import draw_bottleneck
    from lopm.pictures.style import note_on
    from lopm.study.bottleneck import read_cases, study_bottleneck, widen, write_lines
    from lopm.study.intervene import true_answers
    from lopm.wording import decimal, score_in_words
    cfg = load_config(args.config, options=args.cfg_options, folder=args.data, checkpoint=args.checkpoint)
    cfg.predict_with = None
    model = load_trained(cfg, args.checkpoint)
    if model.meta_head is None:
        raise ValueError(f'{args.config}: no meta head in it, so there is no bottleneck')
    part, head = annotations(cfg.test_dataloader.dataset), widen(model, cfg.get('record_fields')).meta_head
    cases = read_cases(model, LesionRunner.build_dataloader(cfg.test_dataloader),
                       lambda table: true_answers(table, head, part), part)
    if cfg.get('record_fields') and 'record' not in cases.blocks:
        print(f'{part}: no lesion has anything in its record, so "features + record" is not scored')
    lines = study_bottleneck(cases, list(head.concepts))
    args.out.mkdir(parents=True, exist_ok=True)
    write_lines(args.out / 'bottleneck.csv', lines)
    draw_bottleneck(lines, args.out / 'bottleneck.png', note_on(part))
    for line in lines:
        print(f'{line.section:8} {line.what:43} AUROC {score_in_words("auroc", *line.auroc)}  '
              f'log loss {score_in_words("log_loss", *line.log_loss)}')
    print(f'{lines[0].lesions} lesions, {lines[0].patients} patients')
    ratings = read_ratings([part], cfg.tasks)
    task = head.task.name
    for finding in ceiling(features_of(ratings, task), diagnosis_of(ratings, task), ratings.lesions):
        if not finding.feature:
            print(f'ceiling  {finding.statistic.replace("_", " "):43} {decimal(finding.value)}')
