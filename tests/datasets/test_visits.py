import json

import numpy as np
import pytest

from lopm.commands import synthetic
from lopm.datasets.visits import draw_views, draw_visit


@pytest.fixture(scope='module')
def view():
    return draw_views(3, seed=2)[1]


def test_views_are_of_different_patients():
    views = draw_views(20, seed=2)
    assert len({each.patient_id for each in views}) == len(views) == 20 and all(each.lesions for each in views)


def test_a_visit_comes_back_with_its_seed_and_differs_by_it(view):
    one, again, other = (draw_visit(view, seed) for seed in (1, 1, 2))
    assert (one.photograph == again.photograph).all() and (one.photograph != other.photograph).mean() > .5


def test_place_says_what_a_pixel_shows(view):
    """Of the camera alone: straight lines stay straight. With the mouth moved they do not."""
    straight, moved = draw_visit(view, 1, moved=False).place, draw_visit(view, 1).place
    bend = [np.abs(np.diff(place[200], n=2, axis=0)).max() for place in (straight, moved)]
    assert bend[0] < 2e-3 < bend[1] and np.linalg.norm(straight - moved, axis=-1).mean() > 2


def test_growth_is_of_the_lesion_alone(view):
    one, grown = draw_visit(view, 1, moved=False), draw_visit(view, 1, area=1.2, moved=False)
    assert (grown.areas / one.areas).max() == pytest.approx(1.2, abs=.02) and (grown.areas >= one.areas).all()
    assert (one.place == grown.place).all()
    apart = (one.photograph != grown.photograph).any(-1) & ~grown.outlines.any(0)
    assert apart.mean() < .2  # a soft border, its relief, and the shine on it


def test_redder_is_redder(view):
    one, red = (draw_visit(view, 1, redder=each).photograph.astype(int) for each in (0, 1))
    inside = draw_visit(view, 1).outlines.any(0)
    assert ((red - one)[inside][:, 0] - (red - one)[inside][:, 1]).mean() > 15


def test_places_over_visits_as_files(tmp_path, capsys):
    synthetic.main(synthetic.parse_args([str(tmp_path / 'visits'), '--visits', '2']))
    assert 'lopm follow MODEL' in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / 'visits/place_001').iterdir())
    assert names == ['2024-01-10.jpg', '2024-01-10_again.jpg', '2024-07-28.jpg', '2025-02-13.jpg', '2025-09-01.jpg']
    (truth,) = json.loads((tmp_path / 'visits/truth.json').read_text()).values()
    grown = [max(np.divide(truth[f'place_00{i}/2025-09-01.jpg'], truth[f'place_00{i}/2024-01-10.jpg'])) for i in (1, 2)]
    assert grown == pytest.approx([1.728, 1], abs=.03)
    with pytest.raises(ValueError, match='is not empty'):
        synthetic.main(synthetic.parse_args([str(tmp_path / 'visits'), '--visits', '1']))


def test_the_help_says_what_is_counted(capsys):
    with pytest.raises(SystemExit):
        synthetic.parse_args(['--help'])
    assert '--visits PLACES instead, so many places in mouths, each at four visits' in ' '.join(
        capsys.readouterr().out.split())
