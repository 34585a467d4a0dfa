"""A picture turned by an angle, so that what lies along a line at that angle lies along its rows."""
import cv2
import numpy as np

CONTRAST = 6.  # grey levels a pixel; what is stronger counts little more, so that no single edge decides


def matrix_of(shape, angle):
    """The turn of a picture of this shape, and the size of what holds all of it."""
    height, width = shape
    cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = int(width * cos + height * sin + 1), int(width * sin + height * cos + 1)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1)
    matrix[:, 2] += (np.array(size) - (width, height)) / 2
    return matrix, size


def turned_by(grey, angle):
    """A picture float32 ``[H, W]`` turned by degrees, all of it shown; -1 beyond it."""
    matrix, size = matrix_of(grey.shape, angle)
    return cv2.warpAffine(grey, matrix, size, borderMode=cv2.BORDER_CONSTANT, borderValue=-1)


def steps_along(turned, height):
    """How brightness changes along rows, compressed to -1 to 1; mean of ``height`` rows, 0 beyond the picture."""
    inside = cv2.erode((turned >= 0).astype(np.uint8), np.ones((5, 5), np.uint8),
                       borderType=cv2.BORDER_CONSTANT, borderValue=0)
    steps = cv2.blur(cv2.Sobel(turned, cv2.CV_32F, 1, 0) / 8 * inside, (1, height))
    return steps / (np.abs(steps) + CONTRAST)
