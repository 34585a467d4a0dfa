"""Limits of what others wrote: sizes, files that are none, files that are too large."""
import os

import pytest

from lopm.bounds import PIXELS, checked_size, read_bounded, refuse_special


@pytest.mark.parametrize('size, wanted', [((800, 600), (800, 600)), ((16384, 12288), (16384, 12288)),
                                          ((800., 1), (800, 1)), ((65_535, 2), (65_535, 2))])
def test_sizes_of_photographs(size, wanted):
    assert checked_size(*size) == wanted and all(type(side) is int for side in checked_size(*size))


@pytest.mark.parametrize('size', [(0, 5), (-3, 5), (True, 5), ('800', 600), (None, 5), (2.5, 5), (float('nan'), 5)])
def test_sizes_that_are_none(size):
    with pytest.raises(ValueError, match='wanted are the pixels of the upright photograph'):
        checked_size(*size)


@pytest.mark.parametrize('size', [(2 ** 31, 3), (3, 100_000), (60_000, PIXELS // 60_000 + 1), (10 ** 400, 1),
                                  (float('inf'), 5)])
def test_sizes_that_no_photograph_has(size):
    with pytest.raises(ValueError, match=r'a size of .*(more than 65,535 pixels a side|wanted are)'):
        checked_size(*size)


def test_what_is_no_regular_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / 'pipe.jpg')
    for path in (tmp_path, tmp_path / 'pipe.jpg', '/dev/null'):
        with pytest.raises(ValueError, match=f'{path}: no regular file'):
            refuse_special(path)
    with pytest.raises(FileNotFoundError):
        refuse_special(tmp_path / 'gone')


def test_no_more_is_read_than_may_be(tmp_path):
    path = tmp_path / 'x'
    path.write_bytes(b'1234')
    assert read_bounded(path, 4) == b'1234'
    with pytest.raises(ValueError, match='x: more than 3 bytes'):
        read_bounded(path, 3)
