"""Photographs that must not be torn apart, and their division into parts with earlier ones kept."""
from collections import Counter

import numpy as np

from lopm.curation.doctor.words import said_of
from lopm.curation.near_duplicates import cluster_photographs
from lopm.curation.stratify import stratify
from lopm.curation.ties import chain, tie
from lopm.datasets.format import read_dataset
from lopm.datasets.groups import has_patient


class Groups:
    """The photographs of a base in groups: those of one patient, joined where a near duplicate or two views of one
    mouth tie two patients.

    Args:
        photographs: ``doctor.dataset.Photograph`` with their facts.
        labels: Tasks whose words are stratified; none: all.
        same_mouths: ``same_mouth.search.Pair``s of photographs that show one mouth (``Base.same_mouths``).

    Attributes:
        clusters: int ``[N]``, the near-duplicate cluster of each photograph.
        of: int ``[N]``, its group, 0 to G - 1.
        sizes: int ``[G]``, photographs of each group.
        joined: How many groups fewer there are than photographs by each tie, ``{'patient', 'near duplicate', 'same
            mouth'}``; what two of them tie counts for the first.
        labels: ``[(task, word)]``, and ``counts`` int ``[G, L]``: lesions with that label in each group.
    """

    def __init__(self, photographs, labels=(), same_mouths=()):
        self.photographs, self.same_mouths = photographs, same_mouths
        self.clusters = cluster_photographs([each.facts.get('hashes') for each in photographs])
        ties = {'patient': [each.patient for each in photographs], 'near duplicate': self.clusters,
                'same mouth': chain(len(photographs), [pair[:2] for pair in same_mouths])}
        self.of, self.joined = tie(*ties.values()), joined_by(ties)
        self.sizes = np.bincount(self.of)
        said = [label_counts(each, labels) for each in photographs]
        self.labels = sorted(set().union(*said))
        self.counts = np.zeros((len(self.sizes), len(self.labels)), int)
        np.add.at(self.counts, self.of, np.array([[counts[label] for label in self.labels] for counts in said], int))

    def place(self, shares, seed, earlier, but=()):
        """``{part: [Photograph]}``, stratified.

        Args:
            shares: ``{part: share}``, summing to 1.
            earlier: ``{part: names}`` as of ``names_of``: groups of which something stands there keep their part.
            but: Numbers of groups that are left out.

        Raises:
            ValueError: A part would stay empty; a group stands in two parts of ``earlier``.
        """
        if not np.isclose(sum(shares.values()), 1):
            raise ValueError(f'the shares of the parts {shares} sum to {sum(shares.values()):g}, not to 1')
        chosen = np.setdiff1d(np.arange(len(self.sizes)), list(but))
        kept = self._kept([earlier.get(part, set()) for part in shares], list(shares))[chosen]
        placed = stratify(self.counts[chosen], self.sizes[chosen], list(shares.values()), seed, kept)
        part_of = dict(zip(chosen.tolist(), placed.tolist()))
        parts = {part: [each for each, group in zip(self.photographs, self.of.tolist()) if part_of.get(group) == i]
                 for i, part in enumerate(shares)}
        refuse_empty(parts, shares, len(chosen))
        return parts

    def _kept(self, earlier, parts):
        """int ``[G]``: the part that each group was in, -1 for new ones."""
        kept = np.full(len(self.sizes), -1)
        for photograph, group in zip(self.photographs, self.of):
            for i, names in enumerate(earlier):
                if names & names_of(photograph.path, photograph.image):
                    if kept[group] not in (-1, i):
                        raise ValueError(
                            f'{photograph.name} is in part {parts[i]}, but photographs that must be in one part with '
                            f'it (its patient\'s, near duplicates, or of the same mouth) are in part '
                            f'{parts[kept[group]]}: what was added ties them together, or they were divided before '
                            'that was known. Take out what was added, or divide into an empty folder')
                    kept[group] = i
        return kept


def joined_by(ties):
    """``{name: number}`` of ``{name: key of each thing}``: how many groups fewer each tie leaves than those before."""
    keys = list(ties.values())
    groups = [len(keys[0]), *(len(set(tie(*keys[:count]).tolist())) for count in range(1, len(keys) + 1))]
    return {name: before - after for name, before, after in zip(ties, groups, groups[1:])}


def refuse_empty(parts, shares, groups):
    """Refuse a division that leaves a part without a photograph, and say how many groups would do."""
    empty = [part for part, rows in parts.items() if not rows]
    if empty:
        least, equal = least_groups(shares), len(set(shares.values())) == 1
        asked = f'{len(shares)} equal shares' if equal else 'the shares ' + ', '.join(
            f'{part} {share:.3g}' for part, share in shares.items())
        more = f' and {len(empty) - 3} more' if len(empty) > 3 else ''
        raise ValueError(
            f'{", ".join(empty[:3])}{more} would stay empty: there are {groups} groups to divide (patients; '
            f'photographs where no patient is named; near duplicates together), and {asked} need {least} or more'
            f'{" that are in no part yet" if groups >= least else ""}. Add patients, or ask for fewer parts or larger '
            'shares')


def least_groups(shares):
    """How many groups of equal size give every part at least one."""
    return int(np.ceil(1 / min(shares.values()) - 1e-9))


def label_counts(photograph, tasks=()):
    """``{(task, word): lesions}`` of a photograph; a lesion counts for what any of its raters said, the photograph as
    one more where it has words of its own."""
    said = {(task, word, row.get('lesion_id', row['id'])) for row in photograph.rated()
            for task, value in said_of(row).items() if not tasks or task in tasks for word in value.words}
    return Counter((task, word) for task, word, _ in said)


def names_of(path, image):
    """By what a photograph is known again: its file, and its patient."""
    patient = {('patient', str(image['patient_id']))} if has_patient(image) else set()
    return {('photograph', str(path.resolve()))} | patient


def read_earlier(files):
    """``{part: names}`` of what stands in parts that were made before, ``{part: path}``; a missing file is empty."""
    return {part: set().union(*(names_of(path.parent / image['file_name'], image)
                                for image in read_dataset(path)['images']))
            for part, path in files.items() if path.is_file()}
