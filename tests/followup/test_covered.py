"""What a network is shown of a photograph in which a card lies."""
import numpy as np
import pytest

from lopm import Predictor
from lopm.followup.card import find_card
from lopm.followup.covered import without_card
from lopm.followup.drawn_card import Pose, with_card
from lopm.given import Given
from lopm.prepared import Prepared, card_in
from tests.tiny_run import photograph, save_run

pytestmark = pytest.mark.usefixtures('known_outlines')

SIZE = 640, 480
PLAIN = photograph((330, 200, 60), size=SIZE)
POSE = Pose((330, 345), 9, turn=3)  # its edge is 4 pixels from the disc
TAKEN = with_card(PLAIN, POSE)


def test_the_card_is_gone_and_nothing_else_is_touched():
    filled = without_card(TAKEN, find_card(TAKEN).corners)
    changed = (filled != TAKEN).any(2)
    rows, columns = np.nonzero(changed)
    assert 240 < rows.min() and rows.max() < 450 and 150 < columns.min() and columns.max() < 510
    before, after = (np.abs(each.astype(int) - PLAIN)[changed].mean() for each in (TAKEN, filled))
    assert after < 20 < 60 < before
    assert find_card(filled).corners is None


@pytest.fixture(scope='module')
def predictor(tmp_path_factory):
    return Predictor(save_run(tmp_path_factory.mktemp('run')))


def test_the_network_is_shown_it_without_the_card(predictor):
    prepared = predictor.preparer.prepare(Given(TAKEN, 'a', {}))
    filled = without_card(TAKEN[..., ::-1], prepared.card)[..., ::-1]
    own, by_hand, plain = (predictor.preparer.prepare(Given(each, 'a', {})) for each in (TAKEN, filled, PLAIN))
    assert own.card is not None and by_hand.card is None and plain.card is None
    assert np.array_equal(own.data['inputs'], by_hand.data['inputs'])
    assert not np.array_equal(own.data['inputs'], plain.data['inputs'])


def test_a_card_is_no_mucosa_around_a_lesion(predictor):
    disc = (PLAIN == [200, 60, 60]).all(2).astype(np.uint8)
    beside = PLAIN.copy()
    beside[:, :350][disc[:, :350] == 0] = 240  # more than half of what surrounds the disc
    card = np.array([[20., 0], [350, 0], [350, 480], [20, 480]])
    asked = [Prepared(Given(taken, 'a', {}), SIZE, '', None, corners)
             for taken, corners in ((PLAIN, None), (beside, card), (beside, None))]
    plain, hidden, seen = (predictor.measure(each, disc, 1)[0]['contrast_L']['value'] for each in asked)
    assert hidden == pytest.approx(plain, abs=.5) and abs(seen - plain) > 20


def test_a_large_photograph_is_looked_through_in_a_smaller_copy(tmp_path):
    from PIL import Image
    large = Image.fromarray(TAKEN).resize((3200, 2400))
    large.save(tmp_path / 'large.jpg', quality=90)
    assert card_in(tmp_path / 'large.jpg', (3200, 2400)) == pytest.approx(5 * find_card(TAKEN).corners, abs=6)
    assert card_in(PLAIN[..., ::-1], SIZE) is None
