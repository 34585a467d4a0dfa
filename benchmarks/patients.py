"""Does a head for visits and patients reach what can be known, and is it worth more than single photographs?

    python benchmarks/patients.py heads                                  # on the true words of lesions, no photograph
    python benchmarks/patients.py heads --patients 4000 --seeds 0 1 2
    python benchmarks/patients.py run work_dirs/patients/best.pth --out fresh --pack packs/patients
    python benchmarks/patients.py sampler --out DIR                      # 100,000 patients: memory and time

``heads``: draws patients without pixels, trains ``GroupHead`` on the true words, areas and records of half of them, and
scores it on the other half beside the limit, the truth that the labels were drawn from. ``run``: draws
patients that no training saw, and scores a trained model in two ways: all photographs of a visit or a patient together,
and the mean of what it says of each photograph alone; beside them the table from the diagnosis, and the limit; 95 %
intervals over patients. With ``--pack``, one made of that model: how well its scaling and its sets do on them. Drawn
patients prove software.
"""
import argparse
import json
import resource
import time
from pathlib import Path
from types import SimpleNamespace

from lopm.arguments import existing_file, existing_folder, run_tool

PHOTOGRAPHS = 5  # of each patient of an index
SEED = 79  # of the fresh patients; trainings have 0
STEPS, RATE, DECAY = 600, 0.01, 0.1
SCORES = {'distribution': ('auroc',), 'referral': ('auroc', 'accuracy'), 'histology': ('auroc',),
          'proliferative': ('auroc',), 'transformation': ('concordance', 'auroc_3y', 'integrated_brier')}


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(dest='way', required=True)
    heads = ways.add_parser('heads', help='on the true words of lesions')
    heads.add_argument('--patients', type=int, default=4000, metavar='N', help='drawn, half to train; default: 4000')
    heads.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], help='default: 0 1 2')
    heads.add_argument('--likelihood', choices=('hazard', 'cox'), default='hazard', help='default: hazard')
    run = ways.add_parser('run', help='of a trained model')
    run.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT')
    run.add_argument('--config', type=existing_file, default=Path(__file__).parents[1] / 'configs/patients.py')
    run.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the photographs')
    run.add_argument('--patients', type=int, default=300, metavar='N', help='default: 300')
    run.add_argument('--pack', type=existing_folder, metavar='PACK', help='of lopm pack, of this checkpoint')
    sampler = ways.add_parser('sampler', help='memory and time of batches of whole patients')
    sampler.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for an index')
    sampler.add_argument('--patients', type=int, default=100_000, metavar='N', help='default: 100000')
    return parser.parse_args()


def of_truth(patients, concepts, record_fields):
    """What a group head reads of drawn patients: ``(groupings, Lesions, photographs, readable, record)``."""
    import numpy as np
    import torch

    from lopm.datasets.record import encode_record
    from lopm.datasets.synthetic.patients import CANVAS_HEIGHT, CANVAS_WIDTH
    from lopm.models.groups import Lesions, groupings
    shown = [(patient, visit, photo) for patient in patients for visit in patient.visits for photo in visit.photographs]
    samples = [Sample(patient_id=patient.patient_id, visit=visit.date.isoformat()) for patient, visit, _ in shown]
    lesions = [(i, lesion, photo.growth) for i, (*_, photo) in enumerate(shown) for lesion in photo.lesions]
    said = {name: torch.tensor(np.array([task.encode(lesion.features.get(name, getattr(lesion, name, None)))
                                         for _, lesion, _ in lesions])).nan_to_num() for name, task in concepts.items()}
    areas = torch.tensor([np.pi * (lesion.radius * growth) ** 2 / (CANVAS_WIDTH * CANVAS_HEIGHT)
                          for _, lesion, growth in lesions]).float()
    photo = torch.tensor([i for i, *_ in lesions])
    record = torch.tensor(np.array([encode_record(photo.record, record_fields) for *_, photo in shown]))
    nothing = torch.zeros(len(shown), 1)
    return (groupings(samples, 'cpu'), Lesions(said, photo, torch.zeros(len(lesions), 1), areas), nothing,
            torch.ones(len(shown), dtype=torch.bool), record)


class Sample(SimpleNamespace):
    """As much of a ``LesionDataSample`` as ``groupings`` asks for."""

    def get(self, name):
        return getattr(self, name, None)


def targets_of(patients, task):
    """Targets ``[G, 1, K]`` of the visits, or the patients, in the order in which they are drawn."""
    import numpy as np
    import torch
    said = [patient.attributes for patient in patients] if task.level == 'patient' else [
        visit.attributes for patient in patients for visit in patient.visits]
    return torch.tensor(np.array([task.encode(each.get(task.name)) for each in said]))[:, None]


def heads(args):
    """Print what heads on true words reach beside the limit, a line a score, a column a seed."""
    import torch
    from mmengine.config import Config

    from lopm.datasets.drawn_patients import draw_patients
    from lopm.datasets.outcomes import limits_of_outcomes
    from lopm.models.heads import GroupHead
    from lopm.tasks import build_tasks
    cfg = Config.fromfile(Path(__file__).parents[1] / 'configs/patients.py')
    tasks = build_tasks([{**task, 'likelihood': args.likelihood} if task['kind'] == 'time' else task
                         for task in cfg.tasks])
    concepts = tasks.of('lesion').with_words
    found = {}
    for seed in args.seeds:
        drawn = draw_patients(args.patients, seed + 100)
        halves = drawn[:args.patients // 2], drawn[args.patients // 2:]
        reads = [of_truth(half, concepts, cfg.record_fields) for half in halves]
        for level in ('visit', 'patient'):
            own = [task for task in tasks.of(level).values()]
            torch.manual_seed(seed)
            head = GroupHead(own, concepts.values(), 1, width=cfg.model.group_heads[level].get('width', 32),
                             record_fields=cfg.record_fields)
            said = fit(head, own, level, reads, halves)
            for task in own:
                targets = targets_of(halves[1], task).numpy()
                known = ~torch.isnan(targets_of(halves[1], task)).all(-1).all(-1).numpy()
                scores = task.score(targets[known], task.probabilities(said[task.name]).numpy()[known])
                for name in SCORES[task.name]:
                    found.setdefault(f'{task.name}/{name}', []).append((scores[name], known.sum()))
        best = limits_of_outcomes({(patient.patient_id, visit.date.isoformat()):
                                   {**visit.attributes, **patient.attributes}
                                   for patient in halves[1] for visit in patient.visits},
                                  {patient.patient_id: patient.truth for patient in halves[1]})
        for name in found:
            found[name][-1] += (best.get(name, float('nan')),)
    print(f'{"":32} reached, limit and number of visits or patients, seeds {args.seeds}')
    for name, rows in found.items():
        print(f'{name:32} ' + '   '.join(f'{value:.3f} {limit:.3f} {count:,}' for value, count, limit in rows))


def fit(head, tasks, level, reads, halves):
    """Train a head on the first half; what it says of the second, ``{task: logits [G, K]}``."""
    import torch
    groups, *inputs = reads[0]
    targets = {task.name: targets_of(halves[0], task) for task in tasks}
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS)
    for _ in range(STEPS):
        said, total = head(groups[level], *inputs), 0
        for task in tasks:
            loss = task.loss(said[task.name], targets[task.name])
            total = total + (loss.value * loss.known).sum() / loss.known.sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        groups, *inputs = reads[1]
        return head(groups[level], *inputs)


def run(args):
    """Print the scores of a model on fresh patients, photographs together and one by one."""
    import numpy as np
    from rich.progress import track

    from lopm.datasets.drawn_patients import ensure_patients
    from lopm.datasets.outcomes import limits_of_outcomes
    from lopm.engine.config import load_config
    from lopm.engine.testing import load_trained
    from lopm.statistics.draws import interval, resample
    folder = ensure_patients(args.out, args.patients, SEED)
    cfg = load_config(args.config, args.out / 'run', folder=folder, checkpoint=args.checkpoint)
    network, rows = load_trained(cfg, args.checkpoint), []
    for part in ('train', 'val', 'test'):
        for batch in track(loader_of(cfg, part), part):
            rows += answers_to(network, batch)
    truth = json.loads((folder / 'truth.json').read_text())
    images = [image for part in ('train', 'val', 'test')
              for image in json.loads((folder / f'{part}.json').read_text())['images']]
    best = limits_of_outcomes({(image['patient_id'], image['visit']): image['attributes'] for image in images}, truth)
    if args.pack:
        doubted(args.pack, network.tasks.of_groups.with_words, rows)
    print('score: together, alone, together minus alone; by the table; the limit; visits or patients')
    for name, task in network.tasks.of_groups.items():
        own = [row for row in rows if row['task'] == name and not np.isnan(row['target']).all()]
        drawn = resample(np.array([row['patient'] for row in own]), 1000, 0)
        targets = np.stack([row['target'] for row in own])
        ways = {way: task.score_draws(targets, np.stack([row[way] for row in own]), drawn)
                for way in ('together', 'alone', 'table') if own[0][way] is not None}
        for score in SCORES[name]:
            shown = [interval(ways['together'][score]), interval(ways['alone'][score]),
                     interval(ways['together'][score] - ways['alone'][score])]
            words = '; '.join('{:.3f} ({:.3f} to {:.3f})'.format(*each) for each in shown)
            table = f'{ways["table"][score][0]:.3f}' if 'table' in ways else ''
            limit = best.get(f'{name}/{score}', float('nan'))
            print(f'{name}/{score}: {words}; {table}; {limit:.3f}; {len(own):,}')


def doubted(folder, tasks, rows):
    """Print of each task what a pack's scaling does to the calibration error, and how often its sets hold the truth."""
    import numpy as np

    from lopm.evaluation.calibration import confidences, ece
    from lopm.evaluation.rows import named_class
    from lopm.pack.open import Pack
    from lopm.statistics.draws import interval, resample
    from lopm.statistics.means import weighted_mean
    doubt = Pack(folder).doubt
    for name, task in tasks.items():
        own = [row for row in rows if row['task'] == name and not np.isnan(row['target']).all()]
        targets, probs = (np.stack([row[key] for row in own]).astype(float) for key in ('target', 'together'))
        if name not in doubt.tasks:
            print(f'{name}: not calibrated by the pack; {len(own):,} answers')
            continue
        scaled, (number, one) = doubt.scaled(task, probs), named_class(task, targets)
        sets = [doubt.possible(task, p) for p in task.class_probabilities(scaled)]
        held = np.array([task.classes[k] in words for k, words in zip(number, sets)], float)[one]
        drawn = resample(np.array([row['patient'] for row in own])[one], 1000, 0)
        shown = '{:.3f} ({:.3f} to {:.3f})'.format(*interval(weighted_mean(held, drawn.weights)))
        before, after = (ece(*confidences(task, targets, p)) for p in (probs, scaled))
        print(f'{name}: calibration error {before:.3f}, scaled ({doubt.tasks[name]["method"]}) {after:.3f}; sets that '
              f'promise {doubt.promise(name):.0%} hold the truth in {shown}, with {np.mean(list(map(len, sets))):.2f} '
              f'of {len(task.classes)} words; {int(one.sum()):,} answers')


def loader_of(cfg, part):
    """Batches of the patients of a part, as a test sees them."""
    from mmengine.runner import Runner
    loader = {**cfg.test_dataloader, 'num_workers': 1}
    loader['dataset'] = {**loader['dataset'], 'ann_file': f'{part}.json'}
    return Runner.build_dataloader(loader, seed=0)


def answers_to(network, batch):
    """What is said of the visits and patients of a batch, a dict each with ``target, together, alone, table``."""
    import torch

    from lopm.models.predict import answer_all, attach_groups
    data = network.data_preprocessor(batch, False)
    samples = data['data_samples']
    answers = answer_all(network, data['inputs'], samples)
    attach_groups(network, answers, samples)
    together = [{name: sample.pred_image[name][0] for name in network.tasks.of_groups} for sample in samples]
    tables = [{name: sample.by_table[name][0] for name in sample.by_table.keys()} for sample in samples]
    places = [(sample.patient_id, sample.visit) for sample in samples]
    for i, sample in enumerate(samples):
        sample.set_metainfo(dict(patient_id=str(i), visit=''))
    attach_groups(network, answers, samples)
    rows = []
    for name, task in network.tasks.of_groups.items():
        own = [place if task.level == 'visit' else place[:1] for place in places]
        for key in dict.fromkeys(own):
            members = [i for i, other in enumerate(own) if other == key]
            alone = torch.stack([samples[i].pred_image[name][0] for i in members]).mean(0)
            rows.append(dict(task=name, patient=key[0], target=samples[members[0]].gt_image[name][0].cpu().numpy(),
                             together=together[members[0]][name].cpu().numpy(), alone=alone.cpu().numpy(),
                             table=tables[members[0]][name].cpu().numpy() if name in tables[0] else None))
    return rows


def sampler(args):
    """Print the memory of a process while it draws the batches of an epoch, and reads what they name."""
    from lopm.datasets.index import write_index
    from lopm.datasets.lesions import LesionDataset
    from lopm.datasets.patient_sampler import PatientBatches, PatientSampler
    path = args.out / 'train.arrow'
    if not path.is_file():
        args.out.mkdir(parents=True, exist_ok=True)
        write_index(path, (({'id': i, 'file_name': f'{i}.jpg', 'width': 64, 'height': 48, 'outlined': True,
                             'patient_id': f'P{i // PHOTOGRAPHS}', 'visit': str(i % PHOTOGRAPHS)}, {'lesion': []})
                           for i in range(args.patients * PHOTOGRAPHS)))
    dataset = LesionDataset('train.arrow', [dict(name='lesion', kind='mask', level='image')], data_root=str(args.out))
    shown = [('the data set', resident())]
    start = time.perf_counter()
    batches = PatientBatches(PatientSampler(dataset, seed=0), 4, most=3)
    shown.append((f'and its sampler ({time.perf_counter() - start:.1f} s)', resident()))
    start, photographs = time.perf_counter(), 0
    for number, batch in enumerate(batches, 1):
        photographs += len([dataset.get_data_info(place) for _, place in batch])
        if number * 10 % len(batches) < 10:
            shown.append((f'after {number * 4:,} patients', resident()))
    print(f'{args.patients:,} patients of {PHOTOGRAPHS} photographs, batches of 4 patients, 3 photographs each: '
          f'{photographs:,} read in {time.perf_counter() - start:.0f} s')
    for words, size in shown:
        print(f'{words:32} {size / 1e6:,.0f} MB resident')


def resident():
    """Bytes that this process holds (Linux)."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * resource.getpagesize()


def main(args):
    {'heads': heads, 'run': run, 'sampler': sampler}[args.way](args)


if __name__ == '__main__':
    run_tool(main, parse_args())
