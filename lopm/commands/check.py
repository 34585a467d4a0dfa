"""Say what is wrong with a data set: photographs, outlines, labels, parts.

    lopm check data/base                         a folder with train.json, val.json, test.json
    lopm check all.json --out report
    lopm check data/isic2017 --tasks configs/isic2017.py

Prints what was found, and writes it to OUT, by photograph and worst first: report.html, one file that opens anywhere,
and report.json. Photographs are read once: what was measured is kept in OUT (facts.jsonl, pairs.jsonl, and features, up
to 200 KB a photograph), so a stopped run goes on where it was, and what is unchanged costs nothing the next time.

Found are copies (resized, mirrored, compressed again), and second shots of one mouth: seconds apart, nearer, from
another side, mirrored; the report shows these pairs side by side. Not found are two visits, and views that share no
spot.

An error is what makes results untrue: a patient, a mouth or copies of a photograph in two parts, copies with opposite
words, a photograph that cannot be read or was replaced after the intake, an unknown word. With an error the exit status
is 1. A remark (blur, glare, labels that contradict each other, raters who disagree) is for a person to look at; with
remarks alone it is 0.

--fix writes NAME.fixed.json beside each NAME.json with what has one right answer repaired, and overwrites nothing:
words that are a class but for case, spaces and hyphens, or stand twice; boxes and areas that do not fit the outline;
outlines that are marked as a crowd; entries of one file, annotated one by one, which become one of several raters.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file
from lopm.shipped import CONFIGS

RULES = CONFIGS / '_base_/oral_rules.py'


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_path, nargs='+', metavar='DATASET',
                        help='the json files of the parts, or the folder that holds them')
    parser.add_argument('--out', type=Path, metavar='OUT',
                        help='folder for the report; default: doctor, beside the json files')
    parser.add_argument('--tasks', type=existing_file, metavar='CONFIG',
                        help='the config that says which words there are; default: what the json says (info.tasks)')
    parser.add_argument('--rules', type=existing_file, metavar='CONFIG', default=RULES,
                        help='which labels contradict each other; default: configs/_base_/oral_rules.py')
    parser.add_argument('--fix', action='store_true', help='repair what has one right answer, in new files')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args(args)


def existing_path(text):
    """An argparse type: a folder or a file that is there."""
    return Path(text) if Path(text).is_dir() else existing_file(text)


def main(args):
    from mmengine.config import Config

    from lopm.curation.doctor.dataset import find_parts, read_base
    from lopm.curation.doctor.examination import examine
    from lopm.curation.doctor.repair import repair
    from lopm.curation.doctor.report import lines, write_report
    files = find_parts(args.dataset)
    out = args.out or files[0].parent / 'doctor'
    config = Config.fromfile(args.tasks) if args.tasks else {}
    base = read_base(files, config.get('tasks'), Config.fromfile(args.rules).rules, config.get('record_fields'))
    findings = examine(base, out / 'facts.jsonl', args.workers)
    report = write_report(out, base, findings, files)
    print('\n'.join(lines(report)))
    print(f'{out / "report.html"}: {len(base.photographs)} photographs, {len(report["photographs"])} with findings')
    if args.fix:
        for path, repairs in repair(base, files).items():
            print(f'{path}: ' + ', '.join(f'{count} {what}' for what, count in repairs.items()))
    return int(report['errors'])
