"""What goes out of one department as a base and comes into another one stays what it was: who has looked and saw no
lesion, what nobody has outlined, and how many pixels a millimetre has."""
from collections import Counter

import pytest

from lopm.files import read_json, write_json
from tests.web.department import (
    WORDS,
    come,
    confirm,
    disc,
    draw,
    read_second,
    say,
    states,
    the_photograph,
    visit_of,
    work,
)

SCALE = {'px_per_mm': 18.5, 'plus_minus': .9, 'by': 'card'}


@pytest.fixture
def photograph(browse, reader, here, model_up):
    """A photograph on which the model has found two lesions."""
    return come(browse('carl'), reader, visit_of(here, 'CODE-7'), (60, 60, 25), (140, 60, 20))


def only(found):
    (image,) = found.content['images']
    return image, found.content['annotations']


def test_free_of_lesions_not_outlined_and_not_looked_at_stay_what_they_are(written, bring, base, here, onward, browse):
    words = {'diagnosis': 'a', 'quality': 'poor'}
    done = bring(written([{'outlined': True, 'site': 'floor_of_mouth'}, {'outlined': False, 'attributes': words},
                          {'outlined': False}]), here)
    assert (done['photographs'], done['of which a person has said something']) == (3, 2)
    one, other = onward()
    assert states(one) == states(other) == sorted([
        (True, ['{}'], 0, 0, None, 'floor_of_mouth', None), (False, [], 0, 2, words, None, None),
        (False, [], 0, 2, None, None, None)], key=str)
    assert one.facts['free'] == other.facts['free'] == 1
    by_persons = base(here, every=False)
    assert [image['outlined'] for image in by_persons.content['images']].count(False) == 1 == by_persons.facts['free']


def test_words_of_a_photograph_that_nobody_outlined_are_on_its_page(written, bring, here, browse):
    bring(written([{'outlined': False, 'attributes': {'diagnosis': 'a', 'quality': 'poor'}}]), here)
    case = the_photograph(here).reading.case
    assert case['photograph']['corrected'] == {'diagnosis': 'a', 'quality': 'poor'}
    assert [lesion['corrected'] for lesion in case['lesions']] == [{}, {}]
    said = the_photograph(here).reading.said['en']['photograph']
    assert {tuple(line) for line in said} == {('diagnosis', 'a', 'said by a person'),
                                              ('quality', 'poor', 'said by a person')}


def test_words_of_a_photograph_do_not_become_those_of_the_only_lesion_that_a_model_has_drawn(written, bring, here):
    row = {'segmentation': disc(60, 60, 20), 'rater': 'discs 1', 'source': {'lesion': 'predicted'}}
    bring(written([{'outlined': False, 'attributes': {'diagnosis': 'a'}}], [row]), here)
    case = the_photograph(here).reading.case
    assert case['photograph']['corrected'] == {'diagnosis': 'a'}
    assert not any(each['corrected'] for each in case['lesions'])


def test_a_second_reader_who_sees_no_lesion_goes_out_and_comes_in(photograph, browse, onward, there, site):
    from lopm.web.agreement import agreement_of
    confirm(browse('carl'), photograph)
    assert read_second(browse('rita'), photograph).json() == {'blind': True}
    one, other = onward()
    image, rows = only(one)
    assert sorted(map(str, image['looked'].values())) == ["{'blind': True}", '{}'] and image['outlined']
    assert {row['rater'] for row in rows} == {rater for rater, about in image['looked'].items() if not about}
    assert states(one) == states(other)
    (second,) = the_photograph(there).second_readings.all()
    assert (second.blind, second.lesions, second.rater) == (True, [], next(
        rater for rater, about in image['looked'].items() if about))
    persons, *_ = agreement_of(there, site)['tables']
    assert (persons['compared'], persons['lesions'], persons['found'][0]) == (1, 2, 0)


def test_who_had_seen_the_case_is_not_blind_afterwards(photograph, browse, onward, there):
    browse('rita').get(f'/cases/{photograph.pk}/')
    assert read_second(browse('rita'), photograph).json() == {'blind': False}
    one, other = onward()
    assert states(one) == states(other) and the_photograph(there).second_readings.get().blind is False


def test_a_second_reading_is_not_made_the_version_that_stands(photograph, browse, onward, there):
    read_second(browse('rita'), photograph)
    one, other = onward()
    assert states(one) == states(other) == [(True, ["{'blind': True}"], 0, 0, None, None, None)]
    assert [each.what for each in the_photograph(there).readings.all()] == ['model']


def test_who_has_named_a_lesion_alone_has_not_outlined_it_beside_a_second_reader(
        photograph, browse, reader, onward, there):
    say(browse('carl'), reader, photograph, 0, sharpness='blurred')
    read_second(browse('rita'), photograph, (disc(60, 60, 24), WORDS))
    one, other = onward()
    assert states(one) == states(other) == [(True, ["{'blind': True}"], 1, 2, None, None, None)]
    assert the_photograph(there).reading.what == 'words' and the_photograph(there).second_readings.count() == 1


def test_further_raters_of_a_photograph_that_is_not_outlined_do_not_make_it_so(written, bring, base, here):
    rows = [{'segmentation': disc(60, 60, 20), 'rater': rater, 'lesion_id': 'L'} for rater in ('r1', 'r2')]
    done = bring(written([{'outlined': False}], rows), here)
    assert done['further raters who have not outlined all there is, left out'] == 1
    assert done["outlines on photographs that are not outlined, kept as a model's"] == 1
    image, rows = only(base(here))
    assert image['outlined'] is False and 'looked' not in image and len(rows) == 1


def test_a_site_that_a_model_has_said_is_no_persons_word(written, bring, here):
    row = {'segmentation': disc(60, 60, 20), 'rater': 'r1', 'attributes': {'site': ['floor_of_mouth']}}
    bring(written([{}], [row | {'source': {'site': 'predicted'}}]), here)
    assert the_photograph(here).site == ''


def test_words_of_a_photograph_that_the_model_of_today_does_not_know_are_left_out(written, bring, base, here, site):
    bring(written([{'outlined': False, 'attributes': {'diagnosis': 'a', 'quality': 'poor'}}]), here)
    content = read_json(site.model)
    content['definitions']['diagnosis']['classes'] = ['b', 'c']
    write_json(site.model, content)
    found = base(here)
    assert only(found)[0]['attributes'] == {'quality': 'poor'}
    by_model = sum('a' in lesion['words']['diagnosis'] for lesion in the_photograph(here).reading.case['lesions'])
    assert found.facts['unknown_words'] == 1 + by_model


def test_the_command_says_what_is_left_out(photograph, browse, here, site, tmp_path, monkeypatch, capsys):
    from lopm.commands import web_export
    read_second(browse('carl'), photograph)
    confirm(browse('carl'), photograph)
    monkeypatch.setattr('lopm.web.department.open_department', lambda place, name: here)
    web_export.main(web_export.parse_args([f'{site.folder}', f'{tmp_path / "out"}', '--department', here.name]))
    said = capsys.readouterr().out
    assert said.endswith('1 photographs of 1 patients, 2 lesions; left out: 1 second readings by who has signed the '
                         'case as it stands\n')


@pytest.mark.parametrize('more, whole', [([], True), ([{'bbox': [120, 40, 40, 40]}], False)])
def test_outlines_that_no_rater_has_signed_are_a_persons_and_all_unless_a_box_is_left_out(
        written, bring, base, here, more, whole):
    done = bring(written([{'outlined': True}], [{'segmentation': disc(60, 60, 20)}, *more]), here)
    assert done['places without an outline, left out'] == len(more)
    assert len(the_photograph(here).reading.case['lesions']) == 1
    assert only(base(here))[0]['outlined'] is whole


def test_who_has_looked_is_heard_where_the_base_says_it(written, bring, here):
    bring(written([{'looked': {'r1': {}, ' r2 ': {'blind': True}, 'r3': {}}}],
                  [{'segmentation': disc(60, 60, 20), 'rater': 'r3'}]), here)
    photograph = the_photograph(here)
    assert photograph.reading.rater == 'r3' and photograph.reading.what == 'outlines'
    assert {(each.rater, each.blind, len(each.lesions)) for each in photograph.second_readings.all()} == {
        ('r1', False, 0), ('r2', True, 0)}


def test_a_second_reader_alone_has_said_something(written, bring, here):
    done = bring(written([{'looked': {'r2': {'blind': True}}}]), here)
    assert done == {'photographs': 1, 'of which a person has said something': 1, 'second readings': 1}
    assert [each.what for each in the_photograph(here).readings.all()] == ['model']


def test_what_a_model_has_said_of_a_photograph_is_no_persons_word(written, bring, here):
    done = bring(written([{'outlined': True, 'attributes': {'quality': 'poor'}}],
                         predicted_by={'version': 'discs 1'}), here)
    assert done == {'photographs': 1} and the_photograph(here).readings.count() == 1


def test_what_the_page_has_no_place_for_is_counted(written, bring, here):
    image = {'device': 'phone', 'center': 'A', 'attributes': {'smell': 'none', 'site': ['floor_of_mouth', 'elbow']},
             'attributes_by_rater': {'r1': {'quality': 'poor'}}, 'patient_id': 'P1', 'record': {'age': 61}}
    rows = [{'segmentation': disc(60, 60, 20), 'attributes': {'quality': 'poor'}},
            {'segmentation': disc(60, 60, 60), 'category_id': 2}]
    done = bring(written([image, {'patient_id': 'P1', 'record': {'age': 62}}, {'patient_id': 'P1'}], rows), here)
    assert done == Counter({
        'photographs': 3, 'of which a person has said something': 1, 'device of photographs, left out': 1,
        'center of photographs, left out': 1, 'attributes_by_rater of photographs, left out': 1,
        'answers to smell, which the model does not ask, left out': 1,
        'answers to quality, which the model does not ask, left out': 1,
        'outlines of other regions than lesions, left out': 1,
        'sites that the page does not know, or beside the first, left out': 1,
        'with another record than their visit has, whose record stands': 1})
    from lopm.web.models import Photograph
    assert {each.site for each in Photograph.objects.all()} == {'floor_of_mouth', ''}


def test_the_scale_of_a_photograph_goes_with_it(photograph, browse, onward, there):
    photograph.pixels_per_mm, photograph.scale_error, photograph.scale_by = SCALE.values()
    photograph.save()
    one, other = onward()
    assert only(one)[0]['scale'] == only(other)[0]['scale'] == SCALE
    found = the_photograph(there)
    assert (found.pixels_per_mm, found.scale_error, found.scale_by) == tuple(SCALE.values())


def test_the_scale_of_a_ruler_that_was_found_goes_with_it_and_one_that_was_not_is_none(photograph, base, here, site):
    from lopm.followup import Scale
    from lopm.web.spots import scale_file
    path = scale_file(photograph, photograph.patient.pk)
    path.parent.mkdir()
    for scale, said in ((Scale(12., .3, 'ruler'), {'px_per_mm': 12., 'plus_minus': .3, 'by': 'ruler'}), (None, None)):
        write_json(path, {'scale': scale, 'card': ''})
        assert only(base(here))[0].get('scale') == said


def test_two_clicks_are_a_scale_that_goes_on(photograph, browse, reader, onward):
    browse('carl').post(f'/cases/{photograph.pk}/scale/', {
        'seen': photograph.reading.number, 'points': [[10, 10], [110, 10]], 'millimetres': 20}, 'application/json')
    work(reader)
    one, other = onward()
    assert only(one)[0]['scale'] == only(other)[0]['scale'] and only(one)[0]['scale']['px_per_mm'] == 5


def test_what_a_person_has_drawn_is_that_persons_still(photograph, browse, reader, onward):
    draw(browse('carl'), reader, photograph, disc(60, 60, 20))
    one, other = onward()
    assert states(one) == states(other) == [(True, ['{}'], 1, 1, None, None, None)]
