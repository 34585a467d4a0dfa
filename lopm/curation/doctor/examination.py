"""The whole examination: facts of every photograph, then every check of the table."""
from lopm.curation.doctor import (  # noqa: F401  register
    check_copies,
    check_entries,
    check_groups,
    check_labels,
    check_outlines,
    check_parts,
    check_photographs,
    check_records,
    check_states,
)
from lopm.curation.doctor.facts import measure
from lopm.curation.doctor.table import CHECKS, ERROR


def examine(base, cache, workers=2):
    """Measure the photographs of a ``Base``, kept in the file ``cache``, and run all checks.

    Returns:
        ``{check name: [Finding]}`` of the checks that ran; those that need tasks do not where there are none.
    """
    measure(base, cache, workers)
    return {name: list(check.find(base)) for name, check in CHECKS.items()
            if base.tasks is not None or not check.needs_tasks}


def by_photograph(findings):
    """``[((part, file name), [(Check, Finding)])]``, the worst photograph first: by errors, then by remarks."""
    groups = {}
    for name, found in findings.items():
        for finding in found:
            for place in finding.photographs:
                groups.setdefault(place, []).append((CHECKS[name], finding))
    for rows in groups.values():
        rows.sort(key=lambda row: row[0].severity != ERROR)

    def badness(item):
        errors = sum(check.severity == ERROR for check, _ in item[1])
        return -errors, errors - len(item[1]), item[0]
    return sorted(groups.items(), key=badness)


def of_parts(findings):
    """``[(Check, Finding)]`` of those that concern no single photograph, errors first."""
    rows = [(CHECKS[name], finding) for name, found in findings.items() for finding in found
            if not finding.photographs]
    return sorted(rows, key=lambda row: row[0].severity != ERROR)


def has_errors(findings):
    return any(found and CHECKS[name].severity == ERROR for name, found in findings.items())
