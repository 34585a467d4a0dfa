"""How far a reader of the true features gets on the way from chance to the limit; no photograph is looked at.

    python benchmarks/reader_limits.py --data data/synthetic

Meta heads of every reader are fitted to the true features of the training lesions and tested on those of the test part,
with the diagnosis drawn anew for every seed: from a log-linear table (the interaction of white and red taken out), and
from the generator's own. Weight decay is chosen by cross-validation on the training lesions. The limit is the AUROC of

from lopm.arguments import run_tool
the probabilities that the diagnosis was drawn from.
"""
import argparse
import json
from pathlib import Path

from lopm.arguments import run_tool

CONFIG = Path(__file__).parents[1] / 'configs' / 'multitask.py'
READERS = 'LinearReader', 'AdditiveReader', 'MLPReader'


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, default=Path('data/synthetic'), metavar='DIR',
                        help='built-in photographs, made if they are not there; default: data/synthetic')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    return parser.parse_args()


def read_lesions(folder):
    """``{part: [true features]}`` of the training and the test part."""
    truth = json.loads((folder / 'truth.json').read_text())
    parts = {part: json.loads((folder / f'{part}.json').read_text())['annotations'] for part in ('train', 'test')}
    return {part: [truth[lesion]['features'] for lesion in
                   sorted({row['lesion_id'] for row in rows if 'lesion_id' in row})] for part, rows in parts.items()}


def posterior(features, table):
    """P(diagnosis | features), with or without the interaction of white and red."""
    import numpy as np

    from lopm.datasets.synthetic import labels
    odds = labels.posterior(features)
    if table == 'log-linear' and {'white', 'red'} <= set(features['color']):
        odds = odds * np.exp(-np.array(labels.SPECKLED))
    return odds / odds.sum()


def draw(lesions, concepts, table, rng):
    """What a head reads, the diagnoses drawn, and the probabilities that they were drawn from."""
    import numpy as np
    import torch
    odds = np.array([posterior(features, table) for features in lesions])
    chosen = (rng.random((len(odds), 1)) > odds.cumsum(1)).sum(1).clip(max=odds.shape[1] - 1)
    answers = {task.name: np.nan_to_num(np.stack([task.encode(features.get(task.name)) for features in lesions]))
               for task in concepts}
    inputs = {'probabilities': {name: torch.as_tensor(each) for name, each in answers.items()}}
    return inputs, np.eye(odds.shape[1])[chosen][:, None], odds


def share_of_way(tasks, reader, table, lesions, seed):
    """(reached - 0.5) / (limit - 0.5) of one reader, in AUROC."""
    import numpy as np
    import torch

    from lopm.models.heads.meta import MetaHead
    from lopm.study.refit import choose_decay, fit_head, read_with
    task = tasks['diagnosis']
    concepts = [each for name, each in tasks.items() if name not in ('lesion', 'diagnosis')]
    rng = np.random.default_rng(seed)
    train, test = (draw(lesions[part], concepts, table, rng) for part in ('train', 'test'))
    torch.manual_seed(seed)
    head = MetaHead(task, concepts, reader=dict(type=reader))
    fit_head(head, *train[:2], decay=choose_decay(head, *train[:2]))
    limit, reached = (task.score(test[1], probs)['auroc'] for probs in (test[2], read_with(head, test[0])))
    return (reached - 0.5) / (limit - 0.5)


def main(args):
    from lopm.datasets.synthetic.generate import ensure_synthetic
    from lopm.engine.launch import load_config
    from lopm.tasks import build_tasks
    lesions = read_lesions(ensure_synthetic(args.data))
    tasks = build_tasks(load_config(CONFIG).tasks)
    print(', '.join(f'{len(each)} lesions in {part}' for part, each in lesions.items()))
    for table in ('log-linear', 'default'):
        for reader in READERS:
            shares = [share_of_way(tasks, reader, table, lesions, seed) for seed in args.seeds]
            print(f'{table:10} {reader:15} {sum(shares) / len(shares):.1%} of the way to the limit; by seed: '
                  + ', '.join(f'{share:.1%}' for share in shares))


if __name__ == '__main__':
    run_tool(main, parse_args())
