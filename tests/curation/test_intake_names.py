import hashlib
import hmac
import stat

import pytest

from lopm.curation.intake.names import Names, load_key, make_key

NAMES = Names(bytes(32))


def test_names_are_hmac_sha256():
    expected = hmac.digest(bytes(32), b'photograph\0pixels', hashlib.sha256).hex()[:16]
    assert NAMES.photograph(b'pixels') == expected
    assert NAMES.patient('12') == 'p' + hmac.digest(bytes(32), b'patient\x0012', hashlib.sha256).hex()[:16]


def test_one_patient_in_two_unicode_forms_and_with_spaces():
    assert NAMES.patient('Zo\u00eb') == NAMES.patient(' Zoe\u0308 ') != NAMES.patient('Zoe')
    assert NAMES.patient('p\udce9') != NAMES.patient('p\udcea')  # names of folders that are not UTF-8


def test_another_key_gives_other_names():
    other = Names(b'k' * 32)
    assert not {NAMES.photograph(b'1'), NAMES.patient('1'), NAMES.fingerprint()} & {
        other.photograph(b'1'), other.patient('1'), other.fingerprint()}


def test_a_key_is_its_owners_and_never_replaced(tmp_path):
    path = tmp_path / 'safe' / 'key'
    key = make_key(path)
    assert load_key(path) == key and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key != make_key(tmp_path / 'other')
    with pytest.raises(ValueError, match='cannot be written'):
        make_key(path)
    assert load_key(path) == key


@pytest.mark.parametrize('content', [b'', b'secret', b'ab' * 31, b'\xff\xfe', 'ключ'.encode()])
def test_what_is_no_key(tmp_path, content):
    (tmp_path / 'key').write_bytes(content)
    with pytest.raises(ValueError, match='holds no key'):
        load_key(tmp_path / 'key')
