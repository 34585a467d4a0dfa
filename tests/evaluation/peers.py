"""The scores of one task as scikit-learn gives them, decision by decision."""
import numpy as np
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, recall_score, roc_auc_score


def scores_of_scikit_learn(task, targets, probs, times=None):
    """``{score: float}``; ``times`` ``[N]``: how often each lesion counts, without it once."""
    times = np.ones(len(probs)) if times is None else times
    answered = ~np.isnan(targets).all(-1)
    lesion, rater = np.nonzero(answered)
    weights = times[lesion] / answered.sum(1)[lesion]
    rows, said = targets[lesion, rater], task.decide(probs)
    areas = []
    for column, p in zip(rows.T, probs[lesion].T):
        known = ~np.isnan(column) & (weights > 0)
        if len(np.unique(column[known])) > 1:
            areas.append(roc_auc_score(column[known], p[known], sample_weight=weights[known]))
    found = {'auroc': [np.mean(areas)], 'accuracy': [], 'macro_f1': [], 'balanced_accuracy': [], 'kappa': []}
    truth = task.class_probabilities(targets)
    for answers in ([truth.argmax(-1)] if task.exclusive else np.moveaxis(truth, -1, 0)):
        of = said.argmax(-1) if task.exclusive else said[:, len(found['accuracy'])]
        known = ~np.isnan(truth).any(-1) if task.exclusive else ~np.isnan(answers)
        used = known[lesion, rater] & (weights > 0)
        pair, share = (answers[lesion, rater][used], of[lesion][used]), weights[used]
        found['accuracy'].append(accuracy_score(*pair, sample_weight=share))
        found['macro_f1'].append(f1_score(*pair, average='macro' if task.exclusive else 'binary', sample_weight=share,
                                          zero_division=0))
        found['balanced_accuracy'].append(recall_score(*pair, labels=np.unique(pair[0]), average='macro',
                                                       sample_weight=share))
        for each, mine in zip(answers.T, (known & (times > 0)[:, None]).T):
            found['kappa'].append(cohen_kappa_score(each[mine], of[mine], sample_weight=times[mine],
                                                    labels=range(len(task.classes)) if task.exclusive else None,
                                                    weights='quadratic' if task.ordered else None))
    return {name: np.mean(values) for name, values in found.items()}
