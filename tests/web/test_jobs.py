"""The queue: given out once, taken up after a death, given up after three, never without a bound."""
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
