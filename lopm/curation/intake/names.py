"""Keyed names: what photographs and patients are called in the base, and the key that makes the names.

A name is the beginning of an HMAC-SHA256 (RFC 2104). Without the key nobody can turn it back, nor find it by trying
out a list of patients' numbers, which a plain hash would allow. With the key the same patient gets the same name
in every run.
"""
import hashlib
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

KEY_BYTES = 32
NAME_DIGITS = 16  # 64 bits: two of a million photographs share a name with odds of 3 in 100 million


class Names:
    """The names that one key gives.

    Args:
        key: Secret bytes, of ``load_key`` or ``make_key``.
    """

    def __init__(self, key):
        self.key = key

    def photograph(self, data):
        """Name of a photograph from the bytes of its file: it stays when the file is renamed or moved."""
        return self._digest(b'photograph', data)

    def patient(self, patient_id):
        """Name of a patient from the clinic's id. Spaces around it and its Unicode form make no difference."""
        return 'p' + self._digest(b'patient', tidy(patient_id).encode('utf-8', 'surrogateescape'))

    def lesion(self, lesion_id):
        """Name of a lesion from its id."""
        return 'l' + self._digest(b'lesion', tidy(lesion_id).encode('utf-8', 'surrogateescape'))

    def rater(self, rater):
        """Name of a rater; '' (nobody says who) stays."""
        return rater and 'r' + self._digest(b'rater', tidy(rater).encode('utf-8', 'surrogateescape'))

    def fingerprint(self):
        """Tells this key from another, and nothing else about it."""
        return self._digest(b'key', b'')

    def _digest(self, kind, data):
        digest = hmac.new(self.key, kind + b'\0', hashlib.sha256)
        digest.update(data)
        return digest.hexdigest()[:NAME_DIGITS]


def tidy(patient_id):
    """One spelling per id: file systems and spreadsheets write the same accent in two Unicode forms."""
    return unicodedata.normalize('NFC', str(patient_id)).strip()


def load_key(path):
    """The key in a file.

    Raises:
        ValueError: The file cannot be read or holds no key.
    """
    try:
        key = bytes.fromhex(Path(path).read_text(encoding='ascii').strip())
    except OSError as error:
        raise ValueError(f'{path}: the key cannot be read ({error.strerror}); restore it from its copy') from None
    except ValueError:
        key = b''
    if len(key) != KEY_BYTES:
        raise ValueError(f'{path}: holds no key ({2 * KEY_BYTES} hexadecimal digits); restore it from its copy, or '
                         'name a file that is not there yet and it will be made')
    return key


def make_key(path):
    """Write a new random key that only its owner may read, and return it. Never replaces a file."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
            file.write(key.hex() + '\n')
            file.flush()
            os.fsync(file.fileno())  # names made with a key that was lost could never be made again
    except OSError as error:
        raise ValueError(f'{path}: the key cannot be written ({error.strerror}); name another file') from None
    return key
