"""How well a photograph is taken: sharpness, exposure, glare, on a small copy of it (512 px on its longer side)."""
import cv2
import numpy as np
from skimage.measure import blur_effect

SIDE = 512  # pixels; what is blurred at this size is blurred for every network that is trained here
WHITE = 245  # a pixel with all three channels above has lost its color


def small_copy(photograph):
    """A photograph uint8 ``[H, W, 3]`` with at most 512 px on its longer side."""
    scale = SIDE / max(photograph.shape[:2])
    if scale >= 1:
        return photograph
    size = [max(1, round(scale * side)) for side in photograph.shape[1::-1]]
    return cv2.resize(photograph, size, interpolation=cv2.INTER_AREA)


def measure_light(photograph, inside):
    """``{blur, brightness, white, glare}`` of a small photograph, uint8 BGR ``[H, W, 3]``.

    - ``blur``: 0 sharp to 1 blurred: how little it changes when it is blurred again (Crete et al., The blur effect,
      SPIE 2007, as in scikit-image). 1 where nothing stands out that could be sharp.
    - ``brightness``: median of the grey values, 0 to 255.
    - ``white``: share of the pixels that have lost their color to the light.
    - ``glare``: the same share of the pixels of ``inside`` (bool ``[H, W]``, the lesions); None where there are none.
    """
    grey = cv2.cvtColor(photograph, cv2.COLOR_BGR2GRAY)
    white = photograph.min(axis=2) >= WHITE
    with np.errstate(invalid='ignore'):
        blur = float(blur_effect(grey))
    return {'blur': 1. if np.isnan(blur) else round(blur, 3), 'brightness': float(np.median(grey)),
            'white': round(float(white.mean()), 4),
            'glare': round(float(white[inside].mean()), 4) if inside.any() else None}
