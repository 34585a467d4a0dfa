"""Days as folders, files and tables write them."""
import re
from datetime import date

DATE = re.compile(r'(?<!\d)(\d{4})[-_]?(\d{2})[-_]?(\d{2})(?!\d)')


def as_date(text, place):
    """The ``date`` that a text is, as ISO writes it.

    Raises:
        ValueError: It is none; says where it stands.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f'{place} {text!r} is no date; write 2026-03-14') from None


def date_in(text, place):
    """The ``date`` that a name holds, or None."""
    found = DATE.search(text)
    return as_date('-'.join(found.groups()), place) if found else None
