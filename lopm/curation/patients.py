"""Ids of patients that a person would take for one."""
import re


def loosely(patient):
    """What ids have in common that differ only in case, leading zeros and separators.

    >>> loosely('P07') == loosely('p-7') == loosely('P 007'), loosely('1-23') == loosely('12-3')
    (True, False)
    """
    return '.'.join(part.lstrip('0') or '0' if part.isdigit() else part
                    for part in re.findall(r'\d+|[^\W\d_]+', patient.casefold()))
