"""Files are read as what they say, or refused; written whole, or not at all."""
import pytest

from lopm.files import parse_json


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
