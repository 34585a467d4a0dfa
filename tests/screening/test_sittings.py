"""Whose photographs of which day lie in a folder, by its folders or by a table."""
import pytest

from lopm.screening.sittings import sittings_in
from lopm.screening.views import read_protocol


@pytest.fixture
def sessions(tmp_path):
    """``sessions(names, table='')``: ``({session: [photographs]}, remarks, empty)`` of empty files and a table."""
    def find(names, table='', folders=()):
        for name in names:
            (tmp_path / 'F' / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / 'F' / name).touch()
        for name in folders:
            (tmp_path / 'F' / name).mkdir(parents=True)
        if table:
            (tmp_path / 'table.csv').write_text(table)
        found, remarks, empty = sittings_in(tmp_path / 'F', read_protocol(), table and tmp_path / 'table.csv')
        return {each.name: dict(each.views) for each in found}, remarks, empty
    return find


@pytest.mark.parametrize('names, found', [
    (['P1/2026-03-14/a.jpg', 'P1/20270314/a.jpg', 'P2/a.jpg'], ['P1_2026-03-14', 'P1_2027-03-14', 'P2']),
    (['P1_2026-03-14/a.jpg', 'P2_2026-03-14/a.jpg'], ['P1_2026-03-14', 'P2_2026-03-14']),  # two patients of one day
    (['a.jpg', 'b.jpg'], ['F']), (['2026-03-14/a.jpg'], ['F_2026-03-14']),
    (['P1/2026-03-14/upper_lip/a.jpg', 'P1/2026-03-14/b.jpg'], ['P1_2026-03-14']), (['upper_lip/a.jpg'], ['F'])])
def test_folders_say_whose_and_when(sessions, names, found):
    assert list(sessions(names)[0]) == found


@pytest.mark.parametrize('name, said', [
    ('P1/spring/a.jpg', 'lies in P1/spring, and folders are PATIENT/DATE'),
    ('P1/2026-02-30/a.jpg', "the folder '2026-02-30' is no date"), ('2026-13-14/a.jpg', "'2026-13-14' is no date"),
    ('clinic/P1/2026-03-14/a.jpg', 'lies in clinic/P1/2026-03-14, and folders are'),
    ('P1/2026-03-14/x/a.jpg', 'lies in P1/2026-03-14/x, and folders are')])
def test_folders_that_say_neither_are_refused(sessions, name, said):
    with pytest.raises(ValueError, match=said):
        sessions([name])


def test_a_table_says_whose_when_and_which_view(sessions):
    found, remarks, _ = sessions(['a.jpg', 'b.jpg', 'x/c.jpg'], 'file;patient;visit;view\na.jpg;P1;2026-03-14;joue '
                                 'gauche\nb.jpg;P2;;\nc.jpg;P1;2026-03-14;\nd.jpg;P1;;\n')
    assert found == {'P1_2026-03-14': {'a.jpg': 'left_buccal', 'x/c.jpg': ''}, 'P2': {'b.jpg': ''}}
    assert len(remarks) == 1 and '1 lines are of no photograph' in remarks[0] and 'such as d.jpg' in remarks[0]


def test_a_table_of_views_alone_leaves_the_rest_to_the_folders(sessions):
    found, *_ = sessions(['P1/a.jpg', 'P1/b.jpg'], 'file,view\nP1/a.jpg,upper lip\n')
    assert found == {'P1': {'P1/a.jpg': 'upper_lip', 'P1/b.jpg': ''}}


@pytest.mark.parametrize('names, table, said', [
    (['a.jpg'], 'file,visit\na.jpg,last spring\n', "line 2: visit 'last spring' is no date; write 2026-03-14"),
    (['a.jpg'], 'file,view\na.jpg,uper lip\n', "line 2: view 'uper lip' is none of the protocol; did you mean upper_l"),
    (['a.jpg'], 'file\na.jpg\na.jpg\n', 'line 3: a.jpg stands there twice'),
    (['a.jpg', 'b.jpg'], 'file,patient\na.jpg,P1\n', 'b.jpg: is in FOLDER and not in'),
    (['P1/2026-03-14/a.jpg', 'P1/2026-03-14/b.jpg'], 'file,patient\nP1/2026-03-14/a.jpg,P1\nP1/2026-03-14/b.jpg,P2\n',
     'P1/2026-03-14: the table gives its photographs to 2 patients, P1 and P2'),
    (['a.jpg'], 'file,patient\na.jpg,../P1\n', 'pages are called by it'),
    (['a.jpg'], 'photo\na.jpg\n', "has no column 'file'")])
def test_a_table_that_cannot_be_right_is_refused(sessions, names, table, said):
    with pytest.raises(ValueError, match=said):
        sessions(names, table)


def test_two_patients_of_one_day_are_two_sessions(sessions):
    found, *_ = sessions(['2026-03-14/a.jpg', '2026-03-14/b.jpg'], 'file,patient\na.jpg,P1\nb.jpg,P2\n')
    assert list(found) == ['P1_2026-03-14', 'P2_2026-03-14']


def test_two_sessions_of_one_name_are_refused(sessions):
    with pytest.raises(ValueError, match='two sessions would be called'):
        sessions(['P1_2026-03-14/a.jpg', 'P1/2026-03-14/a.jpg'])


def test_a_session_without_a_photograph_is_named_once(sessions):
    *_, empty = sessions(['P1/a.jpg'], folders=['P2/2026-03-14', 'P1/2026-03-15', '.thumbnails'])
    assert empty == ['P1/2026-03-15: no photograph in it', 'P2: no photograph in it']
