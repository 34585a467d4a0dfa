"""What a conversion could not take over, and what it did, in words and as json."""
from collections import Counter
from dataclasses import dataclass, field

SHOWN = 20


@dataclass
class Report:
    """Collected while converting.

    ``states`` counts photographs by what is known of their outlines, ``parts`` by where the source itself puts them,
    ``notes`` all that was left out or decided, ``unread`` holds the kinds of regions that are not read
    (``source.Export.leave_out``). ``unmapped`` counts names that the label map does not list, ``near`` says which
    listed one they are like, ``understood`` counts names that it lists.
    """

    states: Counter = field(default_factory=Counter)
    parts: Counter = field(default_factory=Counter)
    unread: dict = field(default_factory=dict)
    notes: Counter = field(default_factory=Counter)
    unmapped: Counter = field(default_factory=Counter)
    near: dict = field(default_factory=dict)
    understood: int = 0
    words: dict = field(default_factory=dict)
    unusable: list = field(default_factory=list)
    suspect: list = field(default_factory=list)

    def unknown_word(self, name, raw, place, nearest):
        """Count a word that the label map does not know."""
        entry = self.words.setdefault((name, str(raw)), {'attribute': name, 'word': str(raw)[:60], 'count': 0,
                                                         'first': place, 'nearest': nearest})
        entry['count'] += 1

    @property
    def is_complete(self):
        """Whether the words of the source were understood: all of the names that are, and of the names one at least.
        Names alone may be of no interest, as remarks and numbers of rows are."""
        return not self.words and bool(self.understood or not self.unmapped)

    def content(self):
        """All of it, for ``report.json``."""
        return {'photographs': dict(self.states), 'source_parts': dict(self.parts),
                'regions_not_read': list(self.unread.values()),
                'unknown_words': sorted(self.words.values(), key=lambda entry: -entry['count']),
                'attributes_left_out': dict(self.unmapped.most_common()), 'unusable': self.unusable,
                'suspect_outlines': self.suspect, 'counts': {key: n for key, n in self.notes.items() if n}}

    def text(self):
        """The same for the terminal, long lists cut."""
        said = self.content()
        blocks = {
            'photographs': [f'{count} {state}' for state, count in said['photographs'].items()],
            "the source's own parts; lopm split divides anew, by patient, --keep-parts keeps them": [
                f'{count} {part}' for part, count in said['source_parts'].items()],
            'regions of a kind that is not read; their photographs count as not outlined': [
                f'{entry["count"]} x {entry["kind"]}, first in {entry["first"]}' for entry in said['regions_not_read']],
            'counts': [f'{count} {what}' for what, count in said['counts'].items()],
            'words that the label map does not know, left out': [
                f'{entry["count"]} x {entry["attribute"]}: {entry["word"]!r}'
                + _nearest(entry['nearest']) + f', first in {entry["first"]}' for entry in said['unknown_words']],
            'attributes that the label map does not list, left out': [
                f'{count} x {name}' + _nearest(self.near.get(name))
                for name, count in said['attributes_left_out'].items()],
            'labels that cannot be written, left out': said['unusable'],
            'outlines that are suspect, kept': said['suspect_outlines']}
        return '\n'.join(f'{title}:\n  ' + '\n  '.join(lines[:SHOWN]) + ('\n  ...' if len(lines) > SHOWN else '')
                         for title, lines in blocks.items() if lines)


def _nearest(known):
    return f' (nearest known: {known!r})' if known else ''
