import pytest
import torch

from lopm.models.regions import build_regions, predicted_map


def square(size=32, top=8, left=8, side=16):
    lesions = torch.zeros(1, size, size, dtype=torch.uint8)
    lesions[:, top:top + side, left:left + side] = 1
    return lesions


def test_bands_of_a_square_by_hand():
    regions = build_regions(square(), [1], stride=1, rim=2, ring=4)
    assert regions.inside.sum() == 16 * 16
    assert regions.inner.sum() == 16 * 16 - 12 * 12
    assert regions.outer.sum() == 20 * 20 - 16 * 16
    assert regions.ring.sum() == 24 * 24 - 20 * 20
    assert regions.rim_share.item() == pytest.approx(1)


def test_a_lesion_cut_by_the_edge_keeps_the_rim_that_is_there():
    regions = build_regions(square(top=0, left=8), [1], stride=1, rim=2, ring=4)
    assert regions.inner[0, 0, 12:20].sum() == 0  # nothing along the photograph's edge
    whole = 20 * 20 - 16 * 16
    assert regions.rim_share.item() == pytest.approx((whole - 2 * 20) / whole)


def test_bands_stop_at_a_neighbor_and_at_the_unknown():
    lesions = square()
    lesions[:, :, 24:] = 2
    lesions[:, 24:, :24] = 255
    regions = build_regions(lesions, [2], stride=1, rim=2, ring=4)
    neighbor, unknown = (lesions[0] == 2).float(), (lesions[0] == 255).float()
    for band in (regions.outer[0], regions.ring[0]):
        assert (band * neighbor).sum() == 0 and (band * unknown).sum() == 0 and band.sum() > 0
    assert regions.inner[0, 12:20, 22:24].sum() == 0 and regions.inner[0, 22:24, 12:20].sum() == 0
    assert regions.rim_share[0] < 0.6


def test_pooling_means_inside_each_lesion():
    lesions = torch.zeros(2, 16, 16, dtype=torch.uint8)
    lesions[0, :4, :4], lesions[0, 8:, 8:], lesions[1, 4:12, 4:12] = 1, 2, 1
    maps = torch.arange(2 * 3 * 256.).reshape(2, 3, 16, 16)
    pooled = build_regions(lesions, [2, 1], stride=1).pool(maps, 'inside')[:, 0]
    by_hand = [maps[0, :, :4, :4], maps[0, :, 8:, 8:], maps[1, :, 4:12, 4:12]]
    torch.testing.assert_close(pooled, torch.stack([each.mean((1, 2)) for each in by_hand]))


def test_coarser_cells_give_shares_and_the_same_mean():
    lesions = square(top=7, left=9, side=13)
    torch.manual_seed(0)
    maps = torch.rand(1, 2, 32, 32)
    coarse = build_regions(lesions, [1], stride=2)
    assert coarse.inside.sum() * 4 == pytest.approx(13 * 13)
    assert 0 < coarse.inside.min() + coarse.inside.max() and ((coarse.inside > 0) & (coarse.inside < 1)).any()
    constant = build_regions(lesions, [1], stride=2).pool(torch.full_like(maps, 3.), 'inside')
    torch.testing.assert_close(constant, torch.full_like(constant, 3.))


def test_an_absent_lesion_and_no_lesion_give_zeros():
    regions = build_regions(square(), [2], stride=2)
    assert regions.pool(torch.ones(1, 4, 16, 16), 'inside', 'ring')[1].abs().sum() == 0
    none = build_regions(torch.zeros(1, 32, 32, dtype=torch.uint8), [0])
    assert none.pool(torch.ones(1, 4, 16, 16), 'inside').shape == (0, 1, 4)


def test_a_predicted_outline_replaces_the_true_one_but_not_where_it_misses():
    lesions = torch.cat([square()] * 3)
    lesions[2, :, 28:] = 255
    probability = torch.zeros(3, 32, 32)
    probability[::2, 8:24, 4:20] = 1
    probability[1, 26:, 26:] = 1  # found elsewhere is not found
    nearest = torch.ones_like(lesions)
    drawn = predicted_map(probability, nearest, lesions, torch.tensor([True, True, True]))
    assert torch.equal(drawn[0], probability[0].to(torch.uint8))
    assert torch.equal(drawn[1], lesions[1])
    assert (drawn[2, :, 28:] == 255).all() and torch.equal(drawn[2, :, :28], drawn[0, :, :28])
    assert torch.equal(predicted_map(probability, nearest, lesions, torch.tensor([False] * 3)), lesions)


def test_each_pixel_of_a_predicted_outline_goes_to_the_nearest_lesion():
    lesions = square(side=8)
    lesions[:, 8:16, 16:24] = 2
    nearest = torch.ones_like(lesions)
    nearest[:, :, 16:] = 2
    probability = torch.zeros(1, 32, 32)
    probability[:, 6:18, 6:26] = 1
    drawn = predicted_map(probability, nearest, lesions, torch.tensor([True]))
    assert (drawn == 1).sum() == 12 * 10 and (drawn == 2).sum() == 12 * 10
