"""Pictures of times to an event, of drawn patients whose hazard is known."""
from contextlib import contextmanager

import numpy as np
import pytest
from matplotlib.figure import Figure

from lopm.datasets import outcomes
from lopm.datasets.drawn_patients import draw_patients
from lopm.evaluation.rows import Row
from lopm.pictures import survival as pictures
from lopm.statistics import survival
from lopm.tasks.build import build_task

TASK = build_task(dict(name='transformation', **outcomes.TASKS['transformation']))


def row(patient, time, event, by):
    """A photograph at which the label of a patient stands, and what was said of it by each cut."""
    answer = TASK.answer(np.array([by], float))
    return Row(0, patient, targets={TASK.name: TASK.encode({'event': event, 'time': time})[None, None]},
               on_true={TASK.name: np.full_like(answer, np.nan)}, on_pred={TASK.name: answer})


@pytest.fixture(scope='module')
def rows():
    """31 patients of whom 5 have the event, and what the true hazard says."""
    found = []
    for patient in draw_patients(44):
        if said := patient.attributes.get('transformation'):
            by = 1 - np.exp(-patient.truth['transformation']['hazard'] * np.array(TASK.cuts))
            found.append(row(patient.patient_id, said['time'], said['event'], by))
    return found


@pytest.fixture
def drawn(monkeypatch):
    """``drawn(function, rows)``: the axes of a picture that is not saved, and the note below it."""
    kept = []

    @contextmanager
    def picture(path, title, size, note=''):
        kept.append((Figure(), note))
        yield kept[-1][0]
    monkeypatch.setattr(pictures, 'picture', picture)

    def draw(function, rows):
        function(rows, TASK, 'none.png')
        figure, note = kept.pop()
        return figure.axes, note
    return draw


def label(line, axis):
    return next(each for each in axis.lines if each.get_label().startswith(line))


def test_curves_of_all_and_of_thirds_with_numbers_at_risk(rows, drawn):
    axes, note = drawn(pictures.draw_survival, rows)
    assert [axis.get_title() for axis in axes] == ['All: 5 of 31 had it', 'Lowest third: 0 of 10 had it',
                                                   'Middle third: 1 of 11 had it', 'Highest third: 4 of 10 had it']
    time, event, p = (np.array(each) for each in zip(*(
        (*row.targets[TASK.name][0, 0, :2], row.on_pred[TASK.name][0, 2:]) for row in rows)))
    observed = survival.kaplan_meier(time, event > .5, np.ones((1, 31)))
    when, came = label('came', axes[0]).get_data()
    np.testing.assert_allclose(came, 1 - observed.at(when)[0])
    assert when[0] == 0 and when[-1] == 5 and set(time[(event > .5) & (time <= 5)]) <= set(when)
    np.testing.assert_allclose(label('said', axes[0]).get_data(), [range(6), [0, *p.mean(0)]])
    highest = label('said', axes[3]).get_data()[1][1:]
    np.testing.assert_allclose(highest, p[np.argsort(p[:, -1])[-10:]].mean(0))
    assert [text.get_text() for text in axes[0].get_xticklabels()] == [
        f'{year}\n{(time >= year).sum()}' for year in range(6)]
    assert 'Greenwood' in note and 'thirds' not in note


def test_the_band_is_drawn_about_what_came(rows, drawn):
    (axis, *_), _ = drawn(pictures.draw_survival, rows)
    edge = axis.collections[0].get_paths()[0].vertices
    last = edge[edge[:, 0] == 5][:, 1]
    came = label('came', axis).get_ydata()[-1]
    assert last.min() < came - .05 and last.max() > came + .1


def test_calibration_says_what_was_said_what_came_and_of_how_many(rows, drawn):
    (axis,), note = drawn(pictures.draw_calibration, rows)
    names = [text.get_text() for text in axis.get_yticklabels()]
    assert len(names) == 12 and names[:2] == ['by year 1, all', 'by year 1, lowest third']
    counts = [text.get_text() for text in axis.texts]
    assert counts[4] == '4 had it, 20 followed so long' and counts[9] == '0 had it, 6 followed so long'
    came = axis.containers[0].lines[0].get_xdata()
    assert came[[0, 3]] == pytest.approx([2 / 31, 2 / 10]) and came[0] < came[4] < came[8]
    said = label('said', axis).get_xdata()
    assert said[0] == pytest.approx(np.mean([row.on_pred[TASK.name][0, 2] for row in rows]))
    ends = [segment[:, 0] for segment in axis.containers[0].lines[2][0].get_segments()]
    np.testing.assert_allclose(ends[9], [0, 1 - .025 ** (1 / 6)])  # of six nobody had it: that is no certainty


def test_fewer_than_ten_in_a_third_or_answers_that_are_alike_have_no_thirds(rows, drawn):
    alike = [row(each.patient_id, 2, i < 3, [.1, .2, .3, .4, .5]) for i, each in enumerate(rows)]
    for few in (rows[:29], alike):
        axes, note = drawn(pictures.draw_survival, few)
        assert len(axes) == 1 and 'No thirds of risk' in note


def test_labels_of_several_visits_of_a_patient_are_no_patients_of_their_own(rows, drawn):
    assert '62 patients of 31 patients' in drawn(pictures.draw_calibration, rows * 2)[1]


def test_where_nobody_has_the_event_a_sentence_stands_instead(tmp_path):
    late = [row('a', 7, True, [.1, .2, .3, .4, .5]), row('b', 2, False, [.1, .2, .3, .4, .5])]
    missed = row('a', 2, True, [np.nan] * 5)
    assert pictures.no_curve(late, TASK).startswith('none of 2 patients had the event within 5 years')
    assert pictures.no_curve([missed], TASK).startswith('nobody with an answer is labelled')
    for nothing in (late, [missed], []):
        pictures.draw_survival(nothing, TASK, tmp_path / 'survival.png')
        pictures.draw_calibration(nothing, TASK, tmp_path / 'calibration.png')
    assert not list(tmp_path.iterdir())


def test_years_whose_numbers_would_lie_upon_each_other_are_left_out():
    assert pictures.apart([0, .1, .5, 1, 1.2, 5, 10]) == [0, 1.2, 5, 10]
