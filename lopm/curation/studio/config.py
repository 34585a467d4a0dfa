"""Label Studio's labelling configuration, generated from the tasks, so that the words never drift apart.

Tags and attributes: https://labelstud.io/tags/.
"""
from xml.etree import ElementTree

from lopm.curation.words import NONE
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE
from lopm.wording import words

IMAGE, POLYGON, BRUSH = 'image', 'outline', 'brush'  # names of the tags that are no task
OF_GROUPS = {'visit': 'of the visit: answer it on one of its photographs',
             'patient': 'of the patient: answer it on one photograph'}
COLORS = ('#00c853', '#2962ff', '#ff6d00', '#aa00ff', '#00b8d4', '#c51162')


def labelling_config(tasks):
    """The XML of a project that asks for ``Tasks``: outlines, words per outline, words per photograph.

    Every mask task is a label of the polygon and of the brush tool; every other task is a question, asked of a
    selected outline or of the photograph by its level, with one or several answers by its kind. What ``not_asked``
    gives is named at the end.

    Raises:
        ValueError: A task bears a name that the configuration needs itself.
    """
    view = ElementTree.Element('View')
    _add(view, 'Header', value='Patient $patient_id, visit $visit', size='4')
    # Color is one of the questions: no brightness or contrast slider, and outlines are hardly filled.
    _add(view, 'Image', name=IMAGE, value='$image', zoom='true', zoomControl='true')
    for tag, name, opacity in (('PolygonLabels', POLYGON, '0.03'), ('BrushLabels', BRUSH, '0.3')):
        _add(view, 'Header', value=f'Draw with the {tag.removesuffix("Labels").lower()}', size='5')
        labels = _add(view, tag, name=name, toName=IMAGE, opacity=opacity)
        for i, task in enumerate(tasks.masks.values()):
            _add(labels, 'Label', value=task.name, background=COLORS[i % len(COLORS)])
    unasked = not_asked(tasks)
    for task in tasks.answered.but(unasked).values():
        _ask(view, task)
    if unasked:
        _add(view, 'Header', value=f'Not asked here: {", ".join(map(words, unasked))}', size='5')
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding='unicode')


def not_asked(tasks):
    """The ``Tasks`` that no photograph answers: a time to an event is in the patient's record alone."""
    return tasks.times


def on_not_asked(tasks):
    """A sentence on what ``not_asked`` gives and on where its answers go instead; '' where all is asked."""
    if not (unasked := not_asked(tasks)):
        return ''
    return (f"Not asked: {', '.join(unasked)}, since a time to an event stands in the patient's record and on no "
            'photograph. Write it into a table, in a column of that name beside photograph and patient_id: 3.2 for an '
            'event after 3.2 years, 5+ for none in 5 years. lopm convert masks makes a data set of the table; upload '
            'that, and pull takes the times along')


def answers(task):
    """The choices of a task's question: its words, and what else one may say to it.

    Where several may hold, ``none`` says that none does: nothing ticked is "not rated".
    """
    return list(dict.fromkeys([*task.classes, *([] if task.exclusive else [NONE]), NOT_ASSESSABLE]))


def words_in(config):
    """``{name of a tag: [its labels or choices]}`` of a labelling configuration."""
    root = ElementTree.fromstring(config or '<View/>')
    return {tag.get('name'): [each.get('value') for each in tag if each.tag in ('Label', 'Choice')]
            for tag in root.iter() if tag.get('name') and tag.get('toName')}


def check_words(config, tasks, where):
    """Refuse a project whose words are not those of the tasks, with what differs.

    Raises:
        ValueError: ``where`` it is, which words, and the fix.
    """
    found, wanted = words_in(config), words_in(labelling_config(tasks))
    differences = []
    for name in {**wanted, **found}:
        lacking = [word for word in wanted.get(name, []) if word not in found.get(name, [])]
        unknown = [word for word in found.get(name, []) if word not in wanted.get(name, [])]
        differences += [f'{name}: lacks {", ".join(lacking)}'] * bool(lacking)
        differences += [f'{name}: has {", ".join(unknown)}, which is not in the tasks'] * bool(unknown)
    if differences:
        raise ValueError(f'{where} asks in other words than the tasks file ({"; ".join(differences)}); give the tasks '
                         'file that it was created with, or bring it up to date with the sub-command create')


def _ask(view, task):
    """A headed question; one about a lesion appears while a lesion is selected, and where its condition holds."""
    if task.name in (IMAGE, POLYGON, BRUSH):
        raise ValueError(f'task {task.name}: the labelling configuration needs this name itself; rename the task')
    of_lesion = {'visibleWhen': 'region-selected', 'whenLabelValue': LESION} if task.level == 'lesion' else {}
    view = _add(view, 'View', **of_lesion)
    for other, word in task.valid_if.items():
        view = _add(view, 'View', visibleWhen='choice-selected', whenTagName=other, whenChoiceValue=word)
    whose = {'perRegion': 'true'} if task.level == 'lesion' else {}
    if not task.classes:
        _add(view, 'Header', value=_question(task, task.unit), size='5')
        _add(view, 'Number', name=task.name, toName=IMAGE, min=f'{task.low:g}', max=f'{task.high:g}', **whose)
        return
    several = not task.exclusive
    _add(view, 'Header', value=_question(task, 'all that apply' if several else ''), size='5')
    choices = _add(view, 'Choices', name=task.name, toName=IMAGE, choice='multiple' if several else 'single',
                   showInline='true', **whose)
    for word in answers(task):
        _add(choices, 'Choice', value=word)


def _question(task, remark):
    """What is asked, with a remark on its answers and, of a visit or a patient, where to give them once."""
    remarks = '; '.join(filter(None, (remark, OF_GROUPS.get(task.level))))
    return f'{words(task.name)} ({remarks})' if remarks else words(task.name)


def _add(parent, tag, **attributes):
    return ElementTree.SubElement(parent, tag, attributes)
