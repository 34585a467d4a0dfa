"""Files are read as what they say, or refused; written whole, or not at all."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from lopm.files import parse_json, read_json, sole_run, whole_file, write_json, write_text


@pytest.mark.parametrize('text, content', [
    ('{"a": 1}', {'a': 1}), (b'\xef\xbb\xbf{"a": 1}', {'a': 1}),
    ('{"a\\":": 1, "b" : "x\\":"}', {'a":': 1, 'b': 'x":'}),
    ('{"x\\\\":1}', {'x\\': 1}), ('{"a":"\\u0022: "}', {'a': '": '}), ('[{"a": 1}, {"a": 1}]', [{'a': 1}, {'a': 1}])])
def test_what_is_json(text, content):
    assert parse_json(text, 'f.json') == content


@pytest.mark.parametrize('text, words', [
    ('{"a": 1, "a": 2}', "the key 'a' stands twice"), ('[{"b": {"c": 1, "c": 1}}]', "the key 'c' stands twice"),
    ('{"a": NaN}', 'NaN is no number'), ('', 'Expecting value'), (b'\xff', "can't decode byte 0xff"),
    ('[' * 50_000 + ']' * 50_000, 'nested too deeply'), ('[1e999]', 'out of range')])
def test_what_is_none(text, words):
    with pytest.raises(ValueError, match=f'f.json: .*{words}.*; restore it'):
        parse_json(text, 'f.json', fix='restore it')


def test_what_is_of_another_type():
    with pytest.raises(ValueError, match=r'f.json: Expected int, got str - at \$\[...\]'):
        parse_json('{"a": "1"}', 'f.json', dict[str, int])


@pytest.mark.parametrize('indent', [None, 1])
def test_what_is_no_number_is_written_as_null(tmp_path, indent):
    content = {'a': [float('nan'), 0.5, (float('inf'), 'x')], 'b': {'c': float('-inf'), 'd': None, 'e': True}}
    assert read_json(write_json(tmp_path / 'a.json', content, indent)) == {
        'a': [None, 0.5, [None, 'x']], 'b': {'c': None, 'd': None, 'e': True}}


def test_two_processes_that_write_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / 'a.json'
    with whole_file(path) as one:
        one.write_text('one')
        with whole_file(path) as other:
            other.write_text('other')
            assert one != other and one.read_text() == 'one'
        assert path.read_text() == 'other'
    assert path.read_text() == 'one' and list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_used_again(tmp_path):
    (tmp_path / 'a.json.partial').write_text('half of something longer')
    write_text(tmp_path / 'a.json', 'whole')
    assert [each.name for each in tmp_path.iterdir()] == ['a.json'] and (tmp_path / 'a.json').read_text() == 'whole'


def test_a_private_file_is_its_owners_from_the_first_byte_on(tmp_path):
    (tmp_path / 'a.csv.partial').write_text('of a killed run')
    (tmp_path / 'a.csv.partial').chmod(0o644)
    with whole_file(tmp_path / 'a.csv', 0o600) as partial:
        assert partial.stat().st_mode & 0o777 == 0o600
        partial.write_text('x')
    assert (tmp_path / 'a.csv').stat().st_mode & 0o777 == 0o600


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match=r'could not write .*file/a.json: Not a directory'):
        write_text(tmp_path / 'file/a.json', 'x')
    (tmp_path / 'b.json').write_text('before')
    (tmp_path / 'b.json.partial').symlink_to('/dev/full')
    with pytest.raises(OSError, match='could not write .*b.json: No space left on device; what was there before still'):
        write_text(tmp_path / 'b.json', 'x')
    assert (tmp_path / 'b.json').read_text() == 'before'


def test_one_run_at_a_time_in_a_folder(tmp_path):
    with sole_run(tmp_path / 'run'):
        with pytest.raises(ValueError, match='run: another run is at work in it; wait for its end'):
            with sole_run(tmp_path / 'run', wait=0.1):
                pass
    with sole_run(tmp_path / 'run', wait=0.1):
        pass


def test_many_writers_of_one_file_take_nothing_from_each_other(tmp_path):
    """Who has put his file in its place must not remove the temporary one that the next has begun under its name."""
    path = tmp_path / 'head'

    def write(number):
        for _ in range(40):
            write_text(path, f'{number}' * 100)
        return True
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(8)))
    assert len(set(path.read_text())) == 1 and [each.name for each in tmp_path.iterdir()] == ['head']
