"""Which lesion is which over visits, out as a base and in again: said where a person has said it, and nowhere else."""
import json
from collections import Counter

import pytest

from tests.web.department import WORDS, come, confirm, disc, read_second, states, visit_of

TWO = (60, 60, 25), (140, 60, 20)


@pytest.fixture
def followed(browse, reader, here, model_up):
    """``followed(code, *discs)``: a patient with as many visits as lists of discs, all confirmed, and a place of all.
    """
    def make(code, *discs):
        from lopm.web.models import Spot
        found = [come(browse('carl'), reader, visit_of(here, code, f'2026-0{i}-14'), *each)
                 for i, each in enumerate(discs, 1)]
        for each in found:
            confirm(browse('carl'), each)
        spot = Spot.objects.create(patient=found[0].patient, name='left, Mrs. Miller')
        spot.photographs.set(found)
        return found
    return make


def ids(found):
    """``{lesion_id: how many photographs}``."""
    return Counter(name for name, _ in {(row['lesion_id'], row['image_id']) for row in found.content['annotations']})


def test_a_lesion_that_is_followed_has_one_name_at_all_visits_and_is_followed_again(followed, onward, there):
    from lopm.web.models import Entry, Spot
    photographs = followed('P1', [(60, 60, 25)], [(60, 60, 27)], [(60, 60, 29)])
    followed('P2', [(61, 60, 25)], [(61, 60, 27)])
    one, other = onward()
    assert sorted(ids(one).values()) == sorted(ids(other).values()) == [2, 3]
    assert one.facts['followed'] == other.facts['followed'] == 2
    text = json.dumps(one.content)
    assert 'Miller' not in text and str(photographs[0].spots.get().pk) not in text
    spots = Spot.objects.filter(patient__department=there)
    assert sorted(each.photographs.count() for each in spots) == [2, 3] and {each.name for each in spots} == {'Place'}
    assert all({each.patient for each in spot.photographs.all()} == {spot.patient} for spot in spots)
    assert Entry.objects.filter(what='place followed').count() == 2


def test_a_second_reader_of_a_followed_lesion_speaks_of_the_same(followed, browse, base, here):
    first, _ = followed('P1', [(60, 60, 25)], [(60, 60, 27)])
    read_second(browse('rita'), first, (disc(60, 60, 24), WORDS), (disc(150, 60, 20), WORDS))
    found = base(here)
    assert sorted(ids(found).values()) == [1, 2]
    assert len({row['rater'] for row in found.content['annotations'] if row['lesion_id'].startswith('l')}) == 2


@pytest.mark.parametrize('discs', [[TWO, [(60, 60, 27)]], [TWO, [(60, 60, 27), (140, 60, 22)]], [[(60, 60, 25)], []]])
def test_which_lesion_is_which_is_not_said_where_nobody_has(followed, onward, there, discs):
    from lopm.web.models import Spot
    followed('P1', *discs)
    one, other = onward()
    assert set(ids(one).values()) == set(ids(other).values()) == {1} and one.facts['not_followed'] == 1
    assert not Spot.objects.filter(patient__department=there).exists() and states(one) == states(other)


def test_a_place_of_which_one_visit_alone_goes_out_is_not_followed_there(followed, base, here):
    first, second = followed('P1', [(60, 60, 25)], [(60, 60, 27)])
    second.readings.filter(what='confirm').delete()
    found = base(here, every=False)
    assert len(found.files) == 1 and found.facts['not_followed'] == 1 and 'followed' not in found.facts


def test_a_photograph_of_two_places_says_of_neither_which_lesion_it_shows(followed, base, here):
    from lopm.web.models import Spot
    first, second = followed('P1', [(60, 60, 25)], [(60, 60, 27)])
    Spot.objects.create(patient=first.patient, name='right').photographs.set([first])
    found = base(here)
    assert set(ids(found).values()) == {1} and (found.facts['not_followed'], 'followed' in found.facts) == (2, False)


def outlined(i, lesion, **more):
    return {'image_id': i, 'segmentation': disc(60, 60, 20), 'lesion_id': lesion, **more}


def test_an_id_that_two_patients_have_is_of_two_lesions(written, bring, here):
    from lopm.web.models import Spot
    path = written([{'patient_id': code, 'visit': f'2026-0{i}-01'} for i, code in enumerate('AAaB', 1)],
                   [outlined(i, 'L1') for i in (1, 2, 3, 4)])
    done = bring(path, here)
    assert done['places that are followed'] == 1
    (spot,) = Spot.objects.all()
    assert spot.patient.code == 'A' and spot.photographs.count() == 3  # the page knows no case of a code
    assert bring(path, here) == {'photographs that were there': 4} and Spot.objects.count() == 1


def test_lesions_on_the_same_photographs_are_one_place_and_one_visit_is_none(written, bring, here):
    from lopm.web.models import Spot
    images = [{'patient_id': 'A', 'visit': '2026-01-01', 'site': 'floor_of_mouth'} for _ in range(3)]
    images[2]['visit'] = '2026-02-01'
    bring(written(images, [outlined(1, 'L1'), outlined(2, 'L1'), *(
        {**outlined(i, lesion), 'segmentation': disc(140, 60, 9)} for i in (1, 3) for lesion in ('L2', 'L3'))]), here)
    (spot,) = Spot.objects.all()
    assert {each.visit.on.month for each in spot.photographs.all()} == {1, 2} and spot.photographs.count() == 2
    assert spot.name == 'floor of mouth'


def test_a_place_grows_with_the_base_and_one_that_a_person_has_made_stays(written, bring, here):
    from lopm.web.models import Spot
    images = [{'patient_id': 'A', 'visit': f'2026-0{i}-01'} for i in range(1, 4)]
    bring(written(images[:2], [outlined(1, 'L'), outlined(2, 'L')]), here)
    spot = Spot.objects.get()
    done = bring(written(images, [outlined(i, 'L') for i in (1, 2, 3)]), here)
    assert spot.photographs.count() == 3 and 'places that are followed' not in done
    Spot.objects.create(patient=spot.patient, name='none yet')
    spot.photographs.remove(*spot.photographs.all()[:2])
    bring(written(images[:2], [outlined(1, 'L'), outlined(2, 'L')]), here)
    assert [(each.name, each.photographs.count()) for each in Spot.objects.order_by('at')] == [
        ('Place', 1), ('none yet', 0), ('Place 3', 2)]


def test_of_a_place_no_more_photographs_are_followed_than_are_compared(written, here, site, model_up, monkeypatch):
    from lopm.web import same_lesion
    from lopm.web.bring import bring_in
    from lopm.web.models import Spot
    monkeypatch.setattr(same_lesion, 'MOST', 3)
    images = [{'patient_id': 'A', 'visit': f'2026-01-0{i // 2 + 1}'} for i in range(8)]
    done = bring_in(written(images, [outlined(i, 'L') for i in range(1, 9)]), here, site)
    assert sorted(each.visit.on.day for each in Spot.objects.get().photographs.all()) == [2, 3, 4]
    assert done['photographs of a place beyond the 3 that are compared, not followed'] == 5
