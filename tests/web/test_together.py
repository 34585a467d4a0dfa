"""Several at once, on both databases: nothing is given out twice, no line of the log is lost, nothing is half there."""
import pytest

from tests.web.apart import apart, begin, finish
from tests.web.cluster import MISSING, Cluster

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module', params=['sqlite', pytest.param('postgresql', marks=pytest.mark.skipif(
    bool(MISSING), reason=MISSING))])
def page(request, tmp_path_factory):
    """The place of a page that has something in it."""
    from lopm.web.place import Place
    folder = tmp_path_factory.mktemp('together') / 'page'
    if request.param == 'sqlite':
        place = Place(folder)
        apart(place, 'fill')
        yield place
        return
    with Cluster() as cluster:
        place = Place(folder, cluster.database())
        apart(place, 'fill')
        yield place


def test_workers_never_get_the_same(page):
    waiting = apart(page, 'put', 60)
    taken = [finish(each) for each in [begin(page, 'take', f'worker {i}') for i in range(4)]]
    assert sorted(number for each in taken for number in each) == sorted(waiting)


def test_the_chain_of_the_log_holds_when_many_write(page):
    before = apart(page, 'facts')['lines']
    for each in [begin(page, 'note', 25) for _ in range(4)]:
        finish(each)
    facts = apart(page, 'facts')
    assert facts['lines'] == before + 100 and facts['broken'] is None


def test_what_is_sent_at_once_under_one_number_is_there_once(page):
    for answers, again, there in apart(page, 'send_at_once', 8):
        assert answers.count(201) == 1 and set(answers) <= {200, 201, 503} and again == 200 and there


def test_a_patient_deleted_while_others_add_is_gone_with_everything(page):
    for (deleted, read, visited, sent), left in apart(page, 'delete_at_once', 15):
        assert deleted == 302 and left == 0
        assert read in (None, 'Gone') and visited in (302, 404, 409) and sent in (201, 404, 503)
