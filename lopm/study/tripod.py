"""The items of TRIPOD+AI that a run can answer, answered; the others named as open.

Checklist: Collins et al., BMJ 2024;385:e078378. Wording here is our own and short; the statement has
the words that count.
"""
from typing import NamedTuple


class Item(NamedTuple):
    """One item; ``answer`` is empty where people have to write it."""

    number: str
    asks: str
    answer: str = ''


def items(facts):
    """``[Item]`` in the order of the statement; ``facts`` are those of the page, in words."""
    data = ', '.join(f'{facts[unit]} {unit}' for unit in ('photographs', 'lesions', 'patients') if facts[unit])
    config = f'config {facts["config"]}, SHA-256 {facts["config_sha256"]}'
    answers = {
        '6a': data,
        '7': f'photographs fitted to the model size by the pipeline; outlines drawn by one rasteriser; {config}',
        '8a': f'tasks: {facts["tasks"]}',
        '9a': 'the photograph; the record only where the config reads it',
        '10': data,
        '11': 'an absent label is masked in losses and scores; a lesion without a predicted outline gets the prior '
              'of the training part and stays in; missing record fields have an input of their own',
        '12a': f'{facts["folds"]} folds by patient and near duplicate, stratified over all labels; each trains on all '
               'but two, chooses its checkpoint on one and is tested on one',
        '12b': '; '.join(f'{name}: {text}' for name, text in facts['training'].items()) or 'see the config',
        '12d': 'folds apart; results by site, device, center, sex and age where these are known',
        '12e': 'AUROC, accuracy, macro F1, balanced accuracy, kappa; Jaccard and Dice; ECE, Brier, log loss; net '
               'benefit; patient-bootstrap 95 % intervals, 1,000 draws',
        '12g': f'{facts["scaling"]} scaling, fitted to the validation part of each fold', '13': 'see the config',
        '14': 'subgroup results, below',
        '15': 'probabilities; words: the most probable class, or all above one half; conformal sets at 90 %',
        '16': 'same base, patients apart; nothing external unless the config says so',
        '18f': f'lopm {facts["version"]}, Apache-2.0', '20a': data, '20b': 'counts by group in the table of subgroups',
        '21': f'{facts["folds"]} models, of {facts["photographs"]} photographs together',
        '22': 'checkpoints of the folds: ' + facts['checkpoints'], '23a': 'tables and pictures below',
        '23b': 'by fold and by subgroup, below', '24': 'none'}
    return [Item(number, asks, answers.get(number, '')) for number, asks in ASKED]


ASKED = (
    ('1', 'title: a prediction model, its population and outcome'), ('2', 'structured abstract'),
    ('3a', 'clinical context and why a model is wanted'), ('3b', 'whom it is for and where in care it stands'),
    ('3c', 'known inequalities in care'), ('4', 'objectives: development, evaluation or both'),
    ('5a', 'sources of the data, and why they represent the target population'), ('5b', 'dates of data collection'),
    ('6a', 'setting, centers, number of participants'), ('6b', 'who was eligible'), ('6c', 'treatments received'),
    ('7', 'preparation of the data'), ('8a', 'the outcome, how and when it is assessed'),
    ('8b', 'who assessed it, and how well they agree'), ('8c', 'blinding of that assessment'),
    ('9a', 'the predictors'), ('9b', 'how they are measured'), ('9c', 'who measured them'), ('10', 'sample size'),
    ('11', 'missing data'), ('12a', 'how the data were used and divided'), ('12b', 'how predictors were handled'),
    ('12c', 'type of model, building, hyper-parameters'), ('12d', 'differences between clusters'),
    ('12e', 'measures of performance'), ('12f', 'updating of the model'), ('12g', 'how predictions were calculated'),
    ('13', 'class imbalance'), ('14', 'fairness'), ('15', 'output of the model and thresholds'),
    ('16', 'differences between development and evaluation data'), ('17', 'ethical approval and consent'),
    ('18a', 'funding'), ('18b', 'conflicts of interest'), ('18c', 'protocol'), ('18d', 'registration'),
    ('18e', 'availability of the data'), ('18f', 'availability of the code'),
    ('19', 'patient and public involvement'),
    ('20a', 'flow of participants'), ('20b', 'their characteristics'), ('20c', 'comparison with the development data'),
    ('21', 'participants and outcomes in each analysis'), ('22', 'the full model'),
    ('23a', 'performance with intervals'),
    ('23b', 'differences between clusters'), ('24', 'results of updating'), ('25', 'interpretation, also of fairness'),
    ('26', 'limitations'), ('27a', 'handling of poor or missing input in use'),
    ('27b', 'interaction and expertise needed'),
    ('27c', 'next steps'))
