"""The diagnosis read again from what a meta head has read, with a clinician's words in the place of predictions."""
import difflib

import torch

from lopm.tasks import NOT_ASSESSABLE

EXTRAS = ('record', 'measured', 'pooled')


@torch.no_grad()
def diagnose(head, inputs, given=None):
    """The diagnosis' probabilities ``[N, K]`` from what a meta head has read; nan where there is no outline.

    Args:
        inputs: Arguments of ``MetaHead.forward``, such as a side of a ``ConceptTable`` or those of a ``Reading``.
        given: ``{task: (answers [N, K], known bool [N])}``, what a clinician says of a feature; it takes the place of
            the prediction.
    """
    return head.task.probabilities(head(**_moved(head, inputs, given))).cpu()


@torch.no_grad()
def contributions(head, inputs, given=None):
    """What each feature adds to the diagnosis' logits, ``{feature: [N, K]}``; arguments as of ``diagnose``."""
    return {name: each.cpu() for name, each in head.contributions(**_moved(head, inputs, given)).items()}


def _moved(head, inputs, given):
    device = next(head.parameters()).device
    return dict(
        probabilities={name: each.to(device) for name, each in inputs['probabilities'].items()},
        given=given and {name: (answers.to(device), known.to(device)) for name, (answers, known) in given.items()},
        mode='correction', **{key: None if inputs[key] is None else inputs[key].to(device) for key in EXTRAS})


def correct(head, inputs, words):
    """The diagnosis' probabilities ``[N, K]`` as a clinician has corrected features, ``{feature: word or words}``.

    All N lesions are corrected alike: usually it is one.

    Raises:
        ValueError: A feature that the meta head does not read, or a word that is none of its classes.
    """
    for name in words:
        if name not in head.concepts:
            near = difflib.get_close_matches(name, head.concepts, n=1, cutoff=0)[0]
            raise ValueError(f'there is no feature {name!r} to correct; did you mean {near!r}? The meta head reads '
                             + ', '.join(head.concepts))
    return diagnose(head, inputs, given_by(words, head.concepts, len(next(iter(inputs['probabilities'].values())))))


def given_by(words, tasks, count):
    """A clinician's ``{task: word or words}`` as what ``diagnose`` is given, the same for ``count`` lesions.

    Of what is ``not_assessable`` it is given what is said where nothing is known (``Task.uniform_prior``): neither word
    of the network's is relied upon.

    Raises:
        ValueError: A word that is none of the task's, or an answer that leaves open what holds.
    """
    given = {}
    for name, said in words.items():
        answer = torch.as_tensor(tasks[name].uniform_prior() if said == NOT_ASSESSABLE else tasks[name].encode(said))
        if answer.isnan().any():
            raise ValueError(f'{name}: {said!r} leaves it open what holds; say which classes do')
        given[name] = answer.expand(count, -1), torch.ones(count, dtype=torch.bool)
    return given
