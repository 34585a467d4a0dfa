"""The log: who has looked at what and changed what; written once, never changed."""
import hashlib
import json

from django.db import connection, transaction
from django.utils import timezone

from lopm.web.models import Chain, Entry


def note(account, what, about='', detail=''):
    """Write a line.

    Args:
        account: ``Account``, or None: the page itself, or somebody whom it does not know.
        what: A short name, such as ``case seen``. about: The number of what it was done with; never a patient's code.
    """
    with transaction.atomic():
        if connection.vendor == 'postgresql':  # whoever holds the log's end waits for no row: such as wait have them
            connection.check_constraints()
        last, _ = Chain.objects.select_for_update().get_or_create(pk=1)
        entry = Entry(at=timezone.now(), account=account.username if account else '',
                      department=account.department.name if account else '', what=what, about=str(about),
                      detail=detail[:300], before=last.digest)
        entry.digest = digest_of(entry)
        entry.save(force_insert=True)
        last.digest = entry.digest
        last.save()


def digest_of(entry):
    """SHA-256 of a line and of the digest of the one before."""
    said = [entry.at.isoformat(), entry.account, entry.department, entry.what, entry.about, entry.detail, entry.before]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def broken(entries=None):
    """The number of the first line that was changed, or before which one is missing; None where all hold together."""
    before = ''
    for entry in (Entry.objects.order_by('id') if entries is None else entries).iterator():
        if entry.before != before or entry.digest != digest_of(entry):
            return entry.pk
        before = entry.digest
    return None
