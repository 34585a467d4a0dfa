"""Labels of times to an event, as a json or a table writes them."""
import re
from numbers import Real

UNIT = 'years'
LONGEST = 120  # years that nobody was followed: days or months, more likely
TEXT = re.compile(r'\s*(\d+(?:[.,]\d+)?)\s*(\+?)\s*')
FIX = ('write {"event": true, "time": 3.2} for an event after 3.2 years and {"event": false, "time": 5} for none in 5 '
       'years; in a table 3.2 and 5+')


def read_label(name, value):
    """``(years, whether the event came then)`` of ``{"event": true, "time": 3.2}``, or, as R prints them, ``3.2`` and
    ``5+``, of which the latter had no event in 5 years.

    Raises:
        ValueError: Anything else, or years that nobody is followed; names the task, the value and the fix.
    """
    said = TEXT.fullmatch(value) if isinstance(value, str) else None
    if said:
        value = {'event': not said[2], 'time': float(said[1].replace(',', '.'))}
    elif _is_number(value):
        value = {'event': True, 'time': value}
    if not isinstance(value, dict) or value.keys() != {'event', 'time'} or not (
            isinstance(value['event'], bool) and _is_number(value['time'])):
        raise ValueError(f'task {name}: {value!r} is no time to an event; {FIX}')
    if not 0 < value['time'] <= LONGEST:
        raise ValueError(f'task {name}: a time of {value["time"]:g} years, which is not above 0 and at most {LONGEST}; '
                         'count years, not months or days, from the visit that is predicted on')
    return float(value['time']), value['event']


def written(time, event):
    """A label as people write it: "3.2 years", "5+ years"."""
    return f'{time:.3g}{"" if event else "+"} {UNIT}'


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool) and abs(value) < 1e300  # finite, and no nan
