"""Meta heads fitted to a finished network's results: a table of concepts in, seconds instead of a training.

Sequential and independent training of a bottleneck (Koh et al., ICML 2020) are this; joint training is not.
"""
import torch


def fit_head(head, inputs, targets, given=None, steps=500, lr=0.02, decay=0.05):
    """Fit a ``MetaHead`` in its own mode, by AdamW on all lesions at once.

    Args:
        inputs: Arguments of its ``forward``, a side of a ``ConceptTable`` (rows of lesions that were found).
        targets: Of the diagnosis ``[N, R, K]``, nan where unknown.
        given: ``{task: [N, R, K]}``, the raters' answers, for the modes that read them; a rater is drawn every step.
    """
    optimizer = torch.optim.AdamW(head.parameters(), lr=lr, weight_decay=decay)
    targets = torch.as_tensor(targets)
    given = given and {name: torch.as_tensor(answers) for name, answers in given.items()}
    for _ in range(steps):
        optimizer.zero_grad()
        logits = head(**inputs, given=head.given(given) if given else None)
        loss, known = head.task.loss(logits, targets)
        ((loss * known).sum() / known.sum().clamp(min=1)).backward()
        optimizer.step()
    return head


@torch.no_grad()
def read_with(head, inputs):
    """The diagnosis' probabilities ``[N, K]``, numpy."""
    return head.task.probabilities(head(**inputs)).numpy()


def pick_rows(inputs, rows):
    """The rows of a side of a ``ConceptTable``, by number or bool."""
    rows = torch.as_tensor(rows)
    return {'probabilities': {name: each[rows] for name, each in inputs['probabilities'].items()},
            **{key: None if each is None else each[rows] for key, each in inputs.items() if key != 'probabilities'}}
