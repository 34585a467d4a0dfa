"""Whether a model has only seen drawings."""
from mmengine.registry import init_default_scope

import lopm.engine.launch  # noqa: F401  so that all data sets are registered
from lopm.datasets.lesions import BUILT_IN
from lopm.registry import DATASETS
from lopm.screening.origin import drawn, trained_on_drawings
from tests.tiny_run import save_run


def test_data_sets_that_draw_are_known_also_among_several():
    init_default_scope('lopm')
    assert all(DATASETS.get(name) for name in BUILT_IN)
    drawing, own = {'type': 'DrawnPatientsDataset'}, {'type': 'LesionDataset'}
    assert trained_on_drawings({'train_dataloader': {'dataset': drawing}})
    assert trained_on_drawings({'train_dataloader': {'dataset': {'type': 'ConcatDataset', 'datasets': [own, drawing]}}})
    assert not trained_on_drawings({'train_dataloader': {'dataset': own}}) and not trained_on_drawings({})


def test_a_checkpoint_says_it(tmp_path):
    drawing = {'dataset': {'type': 'SyntheticLesionDataset'}}
    assert drawn(save_run(tmp_path / 'drawings', train_dataloader=drawing) / 'best.pth')
    assert not drawn(save_run(tmp_path / 'own') / 'best.pth')
