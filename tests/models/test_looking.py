"""Where heads look: on what they read and nowhere else, and elsewhere with other weights."""
import torch
from mmengine.registry import init_default_scope

import lopm.engine.launch  # noqa: F401  so that all that a config names is found
from lopm.models.looking import output_of, where_it_looks
from lopm.models.regions import build_regions
from lopm.registry import MODELS
from lopm.structures import stack_maps
from lopm.tasks import build_tasks
from tests import tiny_model

COUNTS = [2, 1, 0]


def looked(seed=0):
    init_default_scope('lopm')
    torch.manual_seed(seed)
    network = MODELS.build(tiny_model.config()).eval()
    samples = [tiny_model.sample(count, seed=i) for i, count in enumerate(COUNTS)]
    inputs, data = tiny_model.batch(network, samples, training=False).values()
    lesion_map = stack_maps(data, 'lesion')
    said = {name: torch.full((3, 2), 0.6) for name in ('color', 'sharpness', 'homogeneity')}
    with torch.no_grad():
        feats = network.extract_feats(inputs)
    regions = build_regions(lesion_map, COUNTS, **network.region_options)
    return regions, *where_it_looks(network, inputs, feats, data, lesion_map, COUNTS, said)


def test_maps_are_shares_and_lie_where_the_head_reads():
    regions, maps, shares = looked()
    assert maps.keys() == shares.keys() == {'color', 'sharpness', 'homogeneity'}
    for name, each in maps.items():
        assert each.shape == regions.inside.shape == (3, 32, 48) and (each >= 0).all()
        assert torch.allclose(each.sum((1, 2)), torch.ones(3), atol=1e-5), name
        assert torch.allclose(shares[name], (each * regions.inside).sum((1, 2)))
    for i in range(3):  # never at another lesion; a cell of the coarsest map is 16 of the regions'
        other = regions.inside[[k for k in range(3) if k != i and regions.photo[k] == regions.photo[i]]].sum(0)
        assert (maps['color'][i] * (other > 0)).sum() < 0.2
    assert (shares['color'] > 3 * regions.inside.mean((1, 2))).all()  # a cell of coarse maps is larger than a lesion
    assert shares['sharpness'].mean() < shares['color'].mean()  # it looks along the rim, on both sides


def test_other_weights_look_elsewhere():
    """The first of the sanity checks of Adebayo et al., NeurIPS 2018."""
    _, maps, _ = looked()
    _, again, _ = looked()
    _, others, _ = looked(seed=1)
    for name, each in maps.items():
        assert torch.equal(each, again[name])
        both = torch.corrcoef(torch.stack([each.flatten(), others[name].flatten()]))[0, 1]
        assert both < 0.95, name


def test_without_a_lesion_there_is_nothing_to_look_at():
    init_default_scope('lopm')
    network = MODELS.build(tiny_model.config()).eval()
    inputs, data = tiny_model.batch(network, [tiny_model.sample(0)], training=False).values()
    with torch.no_grad():
        feats = network.extract_feats(inputs)
    maps, shares = where_it_looks(network, inputs, feats, data, stack_maps(data, 'lesion'), [0],
                                  {'color': torch.zeros(0, 2)})
    assert maps['color'].shape == (0, 32, 48) and shares['color'].shape == (0,)


def test_which_output_speaks_for_a_word():
    tasks = build_tasks(tiny_model.TASKS)
    index, sign = output_of(tasks['sharpness'], torch.tensor([[.2, .1], [.9, .3], [.9, .8]]))
    assert index.tolist() == [0, 0, 1] and sign.tolist() == [-1, 1, 1]
    assert output_of(tasks['diagnosis'], torch.tensor([[.2, .5, .3]]))[0].tolist() == [1]
    assert [each.tolist() for each in output_of(tasks['quality'], torch.tensor([[.2], [.9]]))] == [[0, 0], [-1, 1]]
