"""YAML read strictly: all is text, nothing stands twice, nothing grows."""
import pytest

from lopm.curation.yaml_files import place_of, read_yaml


@pytest.fixture
def reading(tmp_path):
    def read(text):
        path = tmp_path / 'x.yaml'
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_yaml(path)
    return read


def test_words_come_as_they_were_written(reading):
    assert reading('yes: [no, on, 1, null, ~, 2026-01-02, 1e3, 0x1F, "a b"]\n1: off\nnull: 010\nempty:\n') == {
        'yes': ['no', 'on', '1', 'null', '~', '2026-01-02', '1e3', '0x1F', 'a b'], '1': 'off', 'null': '010',
        'empty': ''}
    assert reading(b'\xef\xbb\xbfa: \xc3\xa9') == {'a': 'é'} and reading('') is None


def test_texts_know_where_they_stand(reading):
    content = reading('# a comment\nwords:\n  color: [white,\n    red]\n')
    assert place_of(content['words']['color'][1], '').endswith('x.yaml, line 4')
    assert place_of(next(iter(content)), '').endswith('x.yaml, line 2') and place_of('no file', 'here') == 'here'


@pytest.mark.parametrize('text, words', [
    ('a: 1\nb: 2\na: 3\n', "x.yaml, line 3: the key 'a' stands twice, first in line 1; keep one"),
    ('a:\n  b: {c: 1, "c": 2}', "line 2: the key 'c' stands twice"),
    ('yes: 1\nno: 2\nyes: 3\n', "line 3: the key 'yes' stands twice"),
    ('a: &x [1]\nb: [*x, *x]\n', r'line 2: the alias \*x; write the value out'),
    ('a: !!python/object/apply:os.system [ls]\n', 'line 1: the tag .*take it away'),
    ('a: !!bool yes\n', 'line 1: the tag'), ('? [a]\n: b', 'line 1: a key that is a list'),
    ('a: b: c', 'x.yaml, line 1: no valid YAML'), ('a: [', 'x.yaml, line 1: no valid YAML'),
    ('a: 1\n---\nb: 2\n', 'line 2: no valid YAML .*another document'),
    ('a: \x07', 'no valid YAML .the character'), (b'\xff\xfea\x00', 'no UTF-8 text.*save it as UTF-8'),
    ('[' * 100_000, 'line 1: nested more than 20 times'), ('- ' * 3000 + 'a', 'line 1: nested more than 20 times'),
    ('a' * 600_000, 'more than 524,288 bytes')])
def test_what_is_refused(text, words, reading):
    with pytest.raises(ValueError, match=words):
        reading(text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match='gone.yaml: cannot be read .No such file'):
        read_yaml(tmp_path / 'gone.yaml')
