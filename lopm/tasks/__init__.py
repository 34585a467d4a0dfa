"""What is predicted, as data. One class per kind owns all that follows from the kind; nothing else branches on it.

A task's outputs, targets and answers have one form, ``[..., K]``:

=========== ============== ==================================================
kind        K              entry k of a target
=========== ============== ==================================================
binary      1              yes
multiclass  C              class k is among the named alternatives
multilabel  C              class k is present
ordinal     C - 1          the grade is above k
number      5              the number; of an answer, its k-th quantile
time        2 + C          years; whether the event came then; and by each of C cuts
mask        1              the pixel belongs to the region
=========== ============== ==================================================

nan in a target is "unknown": it is masked in losses and metrics.
"""
from lopm.tasks.build import KINDS, UNFINISHED, Tasks, arises, build_task, build_tasks, task_entry
from lopm.tasks.task import NOT_ASSESSABLE, Task

__all__ = ['KINDS', 'NOT_ASSESSABLE', 'UNFINISHED', 'Task', 'Tasks', 'arises', 'build_task', 'build_tasks',
           'task_entry']
