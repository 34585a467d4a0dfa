"""Outlines and photographs of which the measures are known."""
import cv2
import numpy as np

from lopm.measure import NAMES, measure

MUCOSA, WHITE, RED, MELANIN = (190, 110, 105), (225, 205, 195), (165, 55, 55), (95, 62, 55)


def measured(image, lesion_map, num_lesions=1, index=1):
    """The values of one lesion by name."""
    values = measure(image, lesion_map, num_lesions)[index - 1]
    return dict(zip(NAMES, values.tolist(), strict=True))


def shape_of(lesion_map):
    """The values of an outline on a photograph of one color."""
    return measured(painted(lesion_map), lesion_map)


def painted(lesion_map, lesion=MUCOSA, around=MUCOSA):
    """A photograph of two colors."""
    return np.where(lesion_map[..., None] == 1, lesion, around).astype(np.uint8)


def disc(size, radius, center=None):
    y, x = np.mgrid[:size, :size]
    cy, cx = center or (size // 2, size // 2)
    return ((y - cy) ** 2 + (x - cx) ** 2 <= radius ** 2).astype(np.uint8)


def rectangle(size, height, width):
    lesion_map = np.zeros((size, size), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    lesion_map[top:top + height, left:left + width] = 1
    return lesion_map


def koch_snowflake(size, side, level):
    """A snowflake, whose outline has dimension log 4 / log 3 = 1.26."""
    points = side / np.sqrt(3) * np.exp(1j * (np.pi / 2 - np.arange(3) * 2 * np.pi / 3))
    for _ in range(level):
        edge = (np.roll(points, -1) - points) / 3
        points = np.stack([points, points + edge, points + edge + edge * np.exp(1j * np.pi / 3),
                           points + 2 * edge], axis=1).ravel()
    outline = np.rint(np.stack([points.real, points.imag], axis=1) + size / 2).astype(int)
    return cv2.fillPoly(np.zeros((size, size), np.uint8), [outline], 1)


def blotchy(size=160, seed=0):
    """A photograph with mottled colors and the map of one irregular, lop-sided lesion."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(size=(size, size, 4)).astype(np.float32), (0, 0), 4)
    noise /= noise.std()
    y, x = np.mgrid[:size, :size] - size / 2
    lesion_map = (np.hypot(x, 1.6 * y) + 6 * noise[..., 3] + 0.2 * x < size / 4).astype(np.uint8)
    image = np.array(MUCOSA) + 12 * noise[..., :3] + 30 * lesion_map[..., None]
    return image.clip(0, 255).astype(np.uint8), lesion_map
