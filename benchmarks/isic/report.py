"""Scores what is finished with lopm's functions on the same test photographs, in pairs; says what is missing."""
import functools
from pathlib import Path

import numpy as np

from isic import data, frozen, own, readers, scores
from isic.backbones import TITLES
from isic.runs import METHODS, Run, all_runs
from lopm.datasets.prior import training_prior
from lopm.files import write_json
from lopm.statistics.draws import interval, paired_bootstrap, resample
from lopm.statistics.means import weighted_mean
from lopm.statistics.ranking import auroc
from lopm.tasks import build_tasks


class Scorer:
    """The test photographs, and how a method's predictions on them are scored."""

    def __init__(self, args):
        self.args = args
        self.cfg = own.load_config(args, Run(args.sizes[0], 0, args.backbones[0], 'lopm'))
        self.test = data.read_part(args.data, 'test', args.limit)
        self.train = data.read_part(args.data, 'train', args.limit)
        self.names = np.array([each.name for each in self.test])
        tasks = build_tasks(self.cfg.tasks[-1:])
        self.prior = training_prior(tasks, Path(args.data) / 'train.json')['diagnosis']
        truth = np.eye(3)[[each.diagnosis for each in self.test]]
        self.auroc = functools.partial(auroc, targets=truth[:, 1:])  # of what is no nevus

    def read(self, run):
        """``(Jaccard of each photograph [N] or None, {reader: probabilities [N, 3]})`` of a finished run."""
        return scores.read(run, self.args.scores, self.names.tolist())

    def diagnoses(self, probabilities):
        """Probabilities ``[N, 2]`` of what is no nevus; the prior where the lesion was not found."""
        return np.where(np.isnan(probabilities), self.prior, probabilities)[:, 1:]

    def compare(self, score, a, b):
        return paired_bootstrap(score, a, b, self.names)._asdict()

    def interval(self, score, a):
        """A score of predictions by several seeds, their mean, and its interval."""
        weights = resample(self.names).weights
        drawn = np.mean([score(each, weights) for each in a], axis=0)
        return dict(zip(('score', 'low', 'high'), interval(drawn)))


def report(args):
    """Print the tables and write ``OUT/result.json``."""
    scorer = Scorer(args)
    print(f'{len(scorer.test)} test photographs, {len(scorer.train)} in training, {args.epochs} epochs; 95 % intervals')
    result = {f'{backbone}_{size}': each for size in args.sizes for backbone in args.backbones
              if (each := report_backbone(scorer, size, backbone))}
    result['alone'] = report_alone(scorer)
    missing = [run for run in all_runs(args) if not run.is_done(args.scores)]
    print(f'\nMissing: {len(missing)} of {len(all_runs(args))} runs'
          + ''.join(f'\n    {run.backbone} {run.size} {run.method}, seed {run.seed}' for run in missing))
    write_json(Path(args.out) / 'result.json', result, indent=1)


def report_backbone(scorer, size, backbone):
    """Both tables of a backbone at a size, over the seeds that are finished; what they say."""
    args = scorer.args
    done = {method: {seed: scorer.read(run) for seed in args.seeds
                     if (run := Run(size, seed, backbone, method)).is_done(args.scores)} for method in METHODS}
    if not any(done.values()):
        return None
    print(f'\n{TITLES[backbone]}, {size} pixels')
    outlines = {name: {seed: jaccard for seed, (jaccard, _) in done[name].items()} for name in METHODS[:2]}
    answers = {name: {} for name in (METHODS[0], METHODS[2])}
    for method in answers.copy():
        for seed, (_, by_reader) in done[method].items():
            for reader, each in by_reader.items():
                name = method if reader == scores.ITSELF else f'{method}, sequential: {reader}'
                answers.setdefault(name, {})[seed] = scorer.diagnoses(each)
    missed = {seed: int(np.isnan(by_reader[scores.ITSELF][:, 0]).sum())
              for seed, (_, by_reader) in done['lopm'].items()}
    print(f'  lesions that lopm did not find, by seed: {missed or "-"}; they get the training prior and stay in')
    return {'outline': table(scorer, '  Outline, mean Jaccard', weighted_mean, outlines),
            'diagnosis': table(scorer, '  Diagnosis, mean AUROC', scorer.auroc, answers), 'missed': missed}


def table(scorer, title, score, methods):
    """One line per method: its score, and how much lopm is above it on the seeds that both have."""
    print(title)
    found = {}
    for name, seeds in methods.items():
        if not seeds:
            continue
        found[name] = {'seeds': sorted(seeds), **scorer.interval(score, list(seeds.values()))}
        line = '    {:36} {:.3f} [{:.3f}, {:.3f}] seeds {}'.format(
            name, *(found[name][key] for key in ('score', 'low', 'high')), ' '.join(map(str, sorted(seeds))))
        common = sorted(seeds.keys() & methods['lopm'].keys())
        if common and name != 'lopm':
            against = scorer.compare(score, *([each[seed] for seed in common] for each in (methods['lopm'], seeds)))
            found[name]['lopm_minus_this'] = {'seeds': common, **against}
            line += '   lopm minus this {difference:+.3f} [{low:+.3f}, {high:+.3f}]'.format(**against)
        print(line)
    return found


def report_alone(scorer):
    """What needs no training of a network: the pretrained backbone as it is, and the record."""
    rivals = {f'frozen lite0, logistic regression, {size} px':
              frozen.predict(scorer.args, size, scorer.train, scorer.test) for size in scorer.args.sizes}
    rivals['age and sex alone, no photograph'] = readers.record_alone(
        scorer.train, scorer.test, scorer.cfg.record_fields)
    print('\nWithout training a network: diagnosis, mean AUROC. What reads the record is to be compared with it alone')
    answers = {name: np.array([each[photograph] for photograph in scorer.names]) for name, each in rivals.items()}
    found = {name: scorer.interval(scorer.auroc, [scorer.diagnoses(each)]) for name, each in answers.items()}
    for name, each in found.items():
        print('    {:44} {score:.3f} [{low:.3f}, {high:.3f}]'.format(name, **each))
    return found
