"""The queue: given out once, taken up after a death, given up after three, never without a bound; who does what."""
import threading
from types import SimpleNamespace

import pytest


@pytest.fixture
def waiting(case):
    from lopm.web import jobs
    case.state = 'waiting'
    case.save()
    return jobs.put(jobs.READ, case)


def test_a_job_is_given_out_once_and_corrections_come_before_photographs(waiting, case, people):
    from lopm.web import jobs
    word = jobs.put(jobs.OUTLINES, case, people['carl'], seen=1, lesions=[])
    assert jobs.claim('one', jobs.SLOW) == word
    assert jobs.claim('two', jobs.SLOW) == waiting
    assert jobs.claim('three', jobs.SLOW) is None


def test_kinds_are_apart(waiting, case, people):
    from lopm.web import jobs
    assert jobs.claim('one', jobs.QUICK) is None
    word = jobs.put(jobs.WORDS, case, people['carl'], seen=1)
    assert jobs.claim('one', jobs.QUICK) == word


def test_what_a_dead_worker_left_is_done_by_another_and_given_up_the_third_time(waiting, case):
    from lopm.web import jobs
    assert jobs.claim('one', jobs.SLOW).tries == 1
    jobs.release('another')
    assert jobs.claim('two', jobs.SLOW) is None
    jobs.release('one')
    again = jobs.claim('two', jobs.SLOW)
    assert (again.pk, again.tries) == (waiting.pk, 2)
    jobs.release()
    assert jobs.claim('three', jobs.SLOW).tries == 3
    jobs.release()
    case.refresh_from_db()
    again.refresh_from_db()
    assert (case.state, case.problem, again.state) == ('failed', jobs.DIED, 'failed')


def test_what_has_ended_a_worker_waits_until_the_others_are_done(waiting, case):
    from lopm.web import jobs
    jobs.claim('one', jobs.SLOW)
    later = jobs.put(jobs.READ, case)
    jobs.release('one')
    assert [jobs.claim('two', jobs.SLOW) for _ in range(2)] == [later, waiting]


def test_a_correction_that_fails_leaves_the_photograph_as_it_is(case, people):
    from lopm.web import jobs
    jobs.failed(jobs.put(jobs.WORDS, case, people['carl'], seen=1), 'no')
    case.refresh_from_db()
    assert case.state == 'read'


def test_the_queue_has_a_bound_for_photographs_alone(waiting, case, monkeypatch):
    from lopm.web import jobs
    monkeypatch.setattr(jobs, 'MOST', 1)
    with pytest.raises(jobs.Full):
        jobs.put(jobs.READ, case)
    jobs.put(jobs.WORDS, case)


def test_what_was_asked_is_not_kept_once_it_is_done(waiting):
    from lopm.web import jobs
    waiting.given = {'words': {'color': ['red']}}
    jobs.done(waiting)
    waiting.refresh_from_db()
    assert waiting.given == {} and waiting.ended


def test_every_kind_is_done_by_one_thread():
    from lopm.web import jobs
    from lopm.web.reading import Reader
    kinds = [*jobs.QUICK, *jobs.SLOW, *jobs.PLACES, *jobs.LONG]
    assert sorted(kinds) == sorted(Reader(None, None).by_kind)


def test_a_photograph_is_read_while_a_place_is_compared_and_that_while_a_base_is_written(monkeypatch):
    from lopm.web import jobs, worker
    begun = {kind: threading.Event() for kind in (jobs.EXPORT, jobs.FOLLOW, jobs.READ)}
    over, lock, waiting, before = threading.Event(), threading.Lock(), [], set(threading.enumerate())

    def claim(_, kinds):
        if over.is_set():
            raise SystemExit  # the end of a thread
        with lock:
            found = next((kind for kind in waiting if kind in kinds), None)
            if found:
                waiting.remove(found)
        return found and SimpleNamespace(kind=found, department_id=None)

    def do(job):
        begun[job.kind].set()
        if job.kind != jobs.READ:
            over.wait(60)
    monkeypatch.setattr(jobs, 'claim', claim)
    reader = SimpleNamespace(do=do)
    worker.begin(reader, 'here')
    threading.Thread(target=worker.work, args=(reader, 'here', jobs.SLOW), daemon=True).start()
    try:
        for kind, event in begun.items():
            waiting.append(kind)
            assert event.wait(20), kind
    finally:
        over.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(20)


def test_where_nothing_comes_only_words_are_still_looked_for_often(monkeypatch):
    from lopm.web import jobs, worker

    def pauses(kinds, *found):
        """What a thread sleeps that finds some jobs."""
        slept, left = [], [*found]

        def claim(*_):
            if not left:
                raise SystemExit
            return left.pop(0)
        monkeypatch.setattr(jobs, 'claim', claim)
        monkeypatch.setattr(worker, 'time', SimpleNamespace(sleep=slept.append))
        with pytest.raises(SystemExit):
            worker.work(None, 'here', kinds)
        return slept
    monkeypatch.setattr(worker, 'attempt', lambda *_: True)
    job = object()
    assert pauses(jobs.QUICK, *[None] * 200) == [.05] * 200
    for kinds in (jobs.SLOW, jobs.PLACES, jobs.LONG):
        slept = pauses(kinds, *[None] * 200, job, None)
        assert slept[0] == slept[-1] == .05 and slept[-2] == max(slept) == .5
        assert 3 < sum(each for each in slept if each < .5) < 10  # seconds in which who goes on waits for nothing
