"""What holds for all tests: those that were skipped for want of an environment are summed up in one line."""
import re


def pytest_terminal_summary(terminalreporter):
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get('skipped', ())]
    wanted = [found.group() for found in (re.search(r'LOPM_\w+', reason) for reason in reasons) if found]
    if wanted:
        terminalreporter.write_line(
            f'{len(wanted)} tests were skipped for want of {", ".join(sorted(set(wanted)))}; to run them too: '
            'bash -c ". tests/environments.sh && make test"', yellow=True)
