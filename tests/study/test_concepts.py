"""The table of what the meta head reads, of lesions with an outline and of photographs without one."""
import numpy as np
import pytest
import torch

from lopm.models.correcting import diagnose
from lopm.registry import MODELS
from lopm.study.concepts import collect
from tests.tiny_model import DISC, TASKS, config, draw, placed, sample


def noted(photograph, boxes, number):
    """A photograph with what ``PackLesions`` notes of it at test."""
    image, labels = photograph
    lesion = np.repeat(np.repeat(labels.maps()['lesion'].numpy(), 2, 0), 2, 1)
    labels.set_metainfo(dict(
        image_id=number, patient_id=f'p{number}', bad='', raters=['a', 'b'], boxes=boxes, ori_maps={'lesion': lesion},
        lesion_ids=[f'{number}-{i}' for i in range(len(boxes))], rater_jaccard=np.nan, file_name='', about={}))
    return image, labels


def photographs():
    """A lesion that the disc finds, one that it misses, and one that is somewhere on its photograph."""
    inputs, data_samples = zip(noted(sample(2), [None, None], 0), noted(placed(1), [(0, 0, 192, 128)], 1))
    return [dict(inputs=list(inputs), data_samples=list(data_samples))]


@pytest.mark.parametrize('outlines', [True, False])
def test_the_table_holds_what_was_read_of_each_lesion(outlines):
    torch.manual_seed(0)
    model = MODELS.build(config(**({} if outlines else dict(outline_head=None)))).eval()
    if outlines:
        draw(model, DISC)
    table = collect(model, photographs())
    first, second = model.test_step(photographs()[0])
    assert table.lesions.tolist() == ['0-0', '0-1', '1-0'] and table.patients.tolist() == ['p0', 'p0', 'p1']
    assert table.found.tolist() == [True, not outlines, True]
    true, predicted = (diagnose(model.meta_head, table.inputs[side]) for side in ('on_true', 'on_pred'))
    whole = [each.pred_image.diagnosis[0] for each in (first, second)]
    torch.testing.assert_close(true, torch.stack([*first.true_lesions.diagnosis, whole[1]]))
    nothing = torch.full((3,), torch.nan)
    read = [first.pred_lesions.diagnosis[0], nothing, whole[1]] if outlines else [whole[0], whole[0], whole[1]]
    torch.testing.assert_close(predicted, torch.stack(read), equal_nan=True)


def test_a_meta_head_of_photographs_has_no_table_of_lesions():
    tasks = [*TASKS, dict(name='risk', kind='binary', level='image')]
    model = MODELS.build(config(tasks=tasks, meta_head=dict(type='MetaHead', task='risk')))
    with pytest.raises(ValueError, match="'risk' is of level image, and the table is of lesions"):
        collect(model, [])
