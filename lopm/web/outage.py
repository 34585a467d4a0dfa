"""What is the machine's fault and no photograph's, and passes: a full disk, a database that does not answer."""
import errno

from django.db import DatabaseError, InterfaceError, OperationalError, connection

FULL = 'database or disk is full', 'No space left on device', 'could not extend file'
BUSY = 'locked', 'connection', 'terminating', 'shutting down', 'starting up', 'recovery mode', 'deadlock'


def is_full(error):
    """Whether an error says that a disk is full."""
    if isinstance(error, DatabaseError):
        return any(words in str(error) for words in FULL)
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def passes(error):
    """Whether what has failed will do once the disk has room, or the database is back."""
    return is_full(error) or isinstance(error, InterfaceError) or isinstance(error, OperationalError) and (
        any(words in str(error) for words in BUSY) or not connection.is_usable())
