import numpy as np
import pytest

from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup.light import in_the_light_of


def linear(rgb):
    value = rgb / 255
    return np.where(value <= .04045, value / 12.92, ((value + .055) / 1.055) ** 2.4)


def encoded(light):
    return (255 * np.where(light <= .0031308, 12.92 * light, 1.055 * light.clip(0) ** (1 / 2.4) - .055)).clip(0, 255)


@pytest.fixture(scope='module')
def mouth():
    return draw_visit(draw_views(1, seed=3)[0], 0)


def test_a_lamp_of_another_color_from_another_side_is_taken_out(mouth):
    x = np.linspace(-.5, .5, 512)[None, :, None]
    lamp = np.exp(np.array([-.35, .1, .25]) + .5 * x)
    later = encoded(linear(mouth.photograph.astype(float)) * lamp).round().astype(np.uint8)
    healthy = ~mouth.outlines.any(0)
    usable = (later.max(2) < 245) & (mouth.photograph.max(2) < 245) & (later.min(2) > 20)
    relit = in_the_light_of(mouth.photograph, later, healthy)
    off = np.abs(relit.astype(int) - mouth.photograph)[usable]
    before = np.abs(later.astype(int) - mouth.photograph)[usable]
    assert off.mean() < 1.5 and before.mean() > 10


def test_a_lesion_that_turned_redder_stays_so(mouth):
    """Only healthy mucosa says what the light is."""
    later = mouth.photograph.copy()
    lesion = mouth.outlines.any(0)
    later[lesion] = np.uint8(later[lesion] * [1, .6, .6])
    assert np.abs(in_the_light_of(mouth.photograph, later, ~lesion).astype(int) - later).mean() < 1


def test_without_mucosa_there_is_no_light_to_bring_it_to(mouth):
    assert in_the_light_of(mouth.photograph, mouth.photograph, np.zeros((384, 512), bool)) is None
