"""The log is written once, and shows where somebody has written into it."""
import pytest


@pytest.fixture
def three(people):
    from lopm.web import trail
    from lopm.web.models import Entry
    for i in range(3):
        trail.note(people['anna'], 'case seen', i)
    return list(Entry.objects.order_by('-id')[:3])[::-1]


@pytest.mark.parametrize('change', ["UPDATE web_entry SET account = 'nobody' WHERE id = %s",
                                    'DELETE FROM web_entry WHERE id = %s'])
def test_the_database_refuses_to_change_or_remove_a_line(three, change):
    from django.db import DatabaseError, connection, transaction
    with pytest.raises(DatabaseError, match='append-only'), transaction.atomic():
        connection.cursor().execute(change, [three[1].pk])


def test_lines_hold_together_and_the_first_that_does_not_is_named(three):
    from lopm.web import trail
    from lopm.web.models import Entry
    assert trail.broken() is None
    assert three[2].before == three[1].digest

    class Lines:
        def __init__(self, lines):
            self.lines = lines

        def iterator(self):
            return iter(self.lines)
    all_of_them = list(Entry.objects.order_by('id'))
    assert trail.broken(Lines(all_of_them)) is None
    assert trail.broken(Lines([each for each in all_of_them if each != three[1]])) == three[2].pk
    all_of_them[-2].account = 'nobody'
    assert trail.broken(Lines(all_of_them)) == three[1].pk


def test_what_is_done_stands_there_and_no_code_of_a_patient(browse, case):
    from lopm.web.models import Entry
    client = browse('carl')
    for address in (f'/cases/{case.pk}/', f'/visits/{case.visit.pk}/', f'/patients/{case.patient.pk}/'):
        assert client.get(address).status_code == 200
    said = [(each.account, each.what, each.about) for each in Entry.objects.order_by('id')]
    assert said[-3:] == [('carl', 'case seen', str(case.pk)), ('carl', 'visit seen', str(case.visit.pk)),
                         ('carl', 'patient seen', str(case.patient.pk))]
    assert not any('P07' in f'{each.what}{each.about}{each.detail}' for each in Entry.objects.all())


def test_only_administrators_read_it_and_the_table_runs_no_formula(browse, people):
    from lopm.web import trail
    assert browse('carl').get('/log/').status_code == 403
    trail.note(people['anna'], 'sign-in refused', detail='=1+1')
    table = browse('anna').get('/log.csv').content.decode()
    assert "'=1+1" in table
    assert 'All lines are there' in browse('anna').get('/log/').content.decode()
