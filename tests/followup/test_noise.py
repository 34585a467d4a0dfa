import numpy as np
import pytest

from lopm.followup.changes import AXES, changes, differences
from lopm.followup.noise import load_noise, noise_of

NAMES = [name for axis in AXES.values() for name in axis]


@pytest.fixture(scope='module')
def normal():
    rng = np.random.default_rng(0)
    spread = dict(zip(NAMES, rng.uniform(.01, 2, len(NAMES))))

    def draw(number):
        return [{name: rng.normal(0, spread[name]) for name in NAMES} for _ in range(number)]
    return spread, draw


def test_spread_is_that_of_the_repeats(normal):
    spread, draw = normal
    found = noise_of(draw(600), 'drawn')
    assert [found.spread[name] for name in NAMES] == pytest.approx([spread[name] for name in NAMES], rel=.12)
    assert (found.count, found.source) == (600, 'drawn')


def test_one_in_twenty_unchanged_lesions_is_said_to_have_changed(normal):
    _, draw = normal
    noise = noise_of(draw(400), 'drawn')
    said = [changes(each, noise) for each in draw(2000)]
    for axis in (*AXES, 'overall'):
        assert np.mean([each[axis].word != 'same within noise' for each in said]) == pytest.approx(.05, abs=.025)
        beyond = np.mean([each[axis].probability > .95 for each in said])
        assert beyond == pytest.approx(.05, abs=.025)


def test_words_follow_how_far_beyond_the_noise_it_is(normal):
    spread, draw = normal
    noise = noise_of(draw(400), 'drawn')

    def said(**off):
        known = {name: times * spread[name] for name, times in off.items()}
        return changes({**dict.fromkeys(NAMES, 0.), **known}, noise)
    assert [said(area=times)['size'].word for times in (-9, -3, 0, 3, 9)] == [
        'clearly less', 'less', 'same within noise', 'more', 'clearly more']
    assert said(area=9)['overall'].word == 'clearly more'
    color = said(contrast_a=9, contrast=1)['color']
    assert (color.word, color.how) == ('clearly more', 'redder')
    assert said(contrast_a=9, contrast=-1)['color'].word == 'clearly less'  # redder, and nearer to the mucosa
    assert said(solidity=-9)['borders'].word == 'clearly more'  # less regular
    even = said(dispersion=9)
    assert (even['homogeneity'].word, even['overall'].word) == ('clearly less', 'clearly more')


def test_what_is_less_sure_has_to_be_further_off(normal):
    spread, draw = normal
    noise = noise_of(draw(400), 'drawn')
    off = {'area': 3 * spread['area']}
    assert changes(off, noise)['size'].word == 'more'
    unsure = changes(off, noise, {'area': 3 * spread['area']})['size']
    assert unsure.word == 'same within noise'
    assert np.log(unsure.high / unsure.low) == pytest.approx(2 * 1.96 * spread['area'] * 10 ** .5, rel=.1)


def test_a_size_is_a_factor_and_what_is_not_known_is_left_out():
    off = differences({'area': 100., 'contrast': np.nan, 'solidity': .9},
                      {'area': 150., 'contrast': 3., 'solidity': .8})
    assert off == {'area': pytest.approx(np.log(1.5)), 'solidity': pytest.approx(-.1)}
    found = changes(off, load_noise())
    assert set(found) == {'size', 'borders', 'overall'}
    assert (found['size'].value, found['size'].unit) == (pytest.approx(1.5), 'times')


def test_a_noise_floor_is_kept_in_a_file(tmp_path, normal):
    noise = noise_of(normal[1](40), 'a clinic')
    noise.save(tmp_path / 'noise.json')
    assert load_noise(tmp_path / 'noise.json') == noise
    assert 'drawings' in load_noise().source  # what is shipped is no clinic's, and says so


def test_too_few_repeats_say_nothing(normal):
    with pytest.raises(ValueError, match='a clinic: 7 lesions were photographed twice on one day; 8 are the fewest'):
        noise_of(normal[1](7), 'a clinic')


def test_an_axis_that_repeats_do_not_know_is_not_judged(normal):
    """Repeats of lesions at the edge have no size."""
    repeats = [{name: value for name, value in each.items() if name != 'area'} for each in normal[1](20)]
    found = changes(dict.fromkeys(NAMES, .1), noise_of(repeats, 'a clinic'))
    assert set(found) == {*AXES, 'overall'} - {'size'}
