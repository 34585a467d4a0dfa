"""The points of a photograph as they would be on its mirror image, as selfie cameras and dental mirrors make them."""
import numpy as np

# A SIFT descriptor has 4 x 4 squares of 8 directions, all seen from the point's own direction. A mirror that keeps this
# direction swaps the rows of squares, and turns the directions the other way round.
ORDER = np.arange(128).reshape(4, 4, 8)[::-1, :, -np.arange(8) % 8].ravel()


def mirrored(features):
    """``features.local_features`` of the mirror image, whose left edge is at 0 and everything else left of it.

    The image itself is not needed (Loy and Eklundh, Detecting symmetry and symmetric constellations of features, ECCV
    2006).
    """
    turned = features.copy()
    turned['place'][:, 0] *= -1
    turned['descriptor'] = features['descriptor'][:, ORDER]
    return turned
