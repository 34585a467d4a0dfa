"""Which view a photograph shows, and what a session has of a protocol."""
import pytest

from lopm.case import Case
from lopm.findings import Findings
from lopm.screening.views import coverage, read_protocol, unusable, view_shown


@pytest.fixture(scope='module')
def protocol():
    return read_protocol()


def test_the_protocol_has_the_eight_views(protocol):
    assert protocol.views == ('dorsal_tongue', 'ventral_tongue', 'left_buccal', 'right_buccal', 'upper_lip',
                              'lower_lip', 'upper_arch', 'lower_arch')


@pytest.mark.parametrize('text, view', [
    ('left_buccal', 'left_buccal'), ('IMG_leftBuccal2', 'left_buccal'), ('buccal-R', 'right_buccal'),
    ('Joue Gauche', 'left_buccal'), ('03_dos de la langue', 'dorsal_tongue'), ('lèvre supérieure', 'upper_lip'),
    ('le\u0300vre_inf', 'lower_lip'), ('tongue_ventral', 'ventral_tongue'), ('arcade maxillaire', 'upper_arch'),
    ('photo de la bouche', None), ('DSC_0412', None), ('left', None), ('upper lip and lower lip', None), ('', None)])
def test_names_are_understood_or_not(protocol, text, view):
    assert protocol.view_of(text) == view


def test_the_table_comes_before_the_name_before_the_folder_before_the_model(protocol):
    case = Case('a', photograph=Findings(words={'view': {'dorsal_tongue': .9}}))
    assert view_shown(protocol, 'P1/upper_lip/left_buccal.jpg', 'lower_arch', case) == ('lower_arch', 'table')
    assert view_shown(protocol, 'P1/upper_lip/left_buccal.jpg', '', case) == ('left_buccal', 'name')
    assert view_shown(protocol, 'P1/upper_lip/1.jpg', '', case) == ('upper_lip', 'name')
    assert view_shown(protocol, 'P1/1.jpg', '', case) == ('dorsal_tongue', 'model')
    assert view_shown(protocol, 'P1/1.jpg', '', Case('a')) == ('', '')


def test_a_view_is_shown_if_one_photograph_of_it_is_usable(protocol):
    found = coverage(protocol, [('upper_lip', ['blurred']), ('upper_lip', []), ('lower_lip', ['dark']), ('', [])])
    assert found['upper_lip'] == 'shown' and found['lower_lip'] == 'unusable'
    assert [view for view, state in found.items() if state == 'missing'] == [
        'dorsal_tongue', 'ventral_tongue', 'left_buccal', 'right_buccal', 'upper_arch', 'lower_arch']


def test_a_healthy_mucosa_is_no_reason_to_photograph_again():
    assert unusable(Case('a', flags={'no lesion': .01})) == [] and unusable(Case('a')) == []
    assert unusable(Case('a', flags={'no lesion': .01, 'dark': .01})) == ['dark']
    assert unusable(Case('a', bad='/data/a.jpg: no image')) == ['cannot be read']


@pytest.mark.parametrize('text, said', [
    ('views: {a: [x y], b: [y x]}', "'x y' stands for both a and b"), ('views: {a: x}', 'a has no list of words'),
    ('other: 1', 'has no views'), ('views: {}', 'has no views'), ('- a', 'has no views')])
def test_a_protocol_that_is_none_is_refused(tmp_path, text, said):
    (tmp_path / 'views.yaml').write_text(text)
    with pytest.raises(ValueError, match=said):
        read_protocol(tmp_path / 'views.yaml')


def test_a_protocol_of_ones_own(tmp_path):
    (tmp_path / 'views.yaml').write_text('views:\n  floor: [plancher, under tongue]\n  tongue:\n')
    own = read_protocol(tmp_path / 'views.yaml')
    assert own.views == ('floor', 'tongue')
    assert own.view_of('tongue_under_1') == 'floor' and own.view_of('tongue_1') == 'tongue'


def test_a_view_that_is_none_is_answered_with_the_nearest(protocol):
    assert protocol.stated('joue gauche', 'here') == 'left_buccal' and protocol.stated('', 'here') == ''
    with pytest.raises(ValueError, match="here: view 'left bucal' is none of the protocol; did you mean left_buccal?"):
        protocol.stated('left bucal', 'here')
