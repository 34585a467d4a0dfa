"""Labels that do not go together, as data (``configs/_base_/oral_rules.py``)."""
from dataclasses import dataclass, field

from lopm.wording import joined


@dataclass(frozen=True)
class Rule:
    """A contradiction: all that is ``said`` holds, and all that is ``absent`` was seen not to be there.

    Args:
        name: What the rule says, for the report.
        said: ``{task: word or words}``, all of them said for sure; ``...`` stands for any word.
        absent: ``{task: word or words}``, none of them said, by a rating of this task that is complete.
    """

    name: str
    said: dict
    absent: dict = field(default_factory=dict)

    def applies_to(self, tasks):
        """Whether these tasks have the words that the rule is about."""
        return all(task in tasks and (words is ... or _as_set(words) <= set(tasks[task].classes))
                   for task, words in (*self.said.items(), *self.absent.items()))

    def is_broken_by(self, labels):
        """``labels``: ``{task: Said}`` of one annotation."""
        return all(task in labels and (labels[task].words if words is ... else _as_set(words) <= labels[task].sure)
                   for task, words in self.said.items()) and all(
            task in labels and labels[task].complete and not labels[task].words & _as_set(words)
            for task, words in self.absent.items())

    def describe(self, labels):
        """What was said, of the tasks that the rule is about."""
        said = {task: labels[task] for task in {**self.said, **self.absent}}
        return '; '.join(f'{task}: {joined(sorted(each.words), each.one)}' for task, each in said.items())


def _as_set(words):
    return {words} if isinstance(words, str) else set(words)
