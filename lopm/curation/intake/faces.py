"""Finds photographs that may show a face, for a person to look at.

A detector misses faces, and finds some where there are none: its list makes looking quicker and replaces no consent.
"""
import functools

import cv2
import numpy as np

from lopm.datasets.photographs import read_photograph

LONGER_SIDE = 640  # px at which faces are looked for
MIN_SCORE = 0.5  # below OpenCV's 0.9: a face that is missed costs more than a photograph looked at in vain


def count_faces(path, model):
    """How many faces a YuNet model (ONNX, of ``cv2.FaceDetectorYN``) sees on a photograph of the base."""
    photograph = read_photograph(path, at_least=(LONGER_SIDE, LONGER_SIDE))
    scale = min(1, LONGER_SIDE / max(photograph.shape))
    size = [max(1, round(scale * side)) for side in photograph.shape[1::-1]]
    small = cv2.resize(photograph, size, interpolation=cv2.INTER_AREA)
    detector = load_detector(model)
    detector.setInputSize(size)
    faces = detector.detect(small)[1]
    return 0 if faces is None else len(faces)


@functools.lru_cache(maxsize=1)
def load_detector(model):
    """The detector in a file.

    Raises:
        ValueError: Not such a model.
    """
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # it warns of what it does by itself
    try:
        detector = cv2.FaceDetectorYN.create(str(model), '', (LONGER_SIDE, LONGER_SIDE), MIN_SCORE)
        detector.detect(np.zeros((LONGER_SIDE, LONGER_SIDE, 3), np.uint8))  # another network fails only now
    except cv2.error:
        raise ValueError(f'{model}: no face detector that OpenCV reads; wanted is a YuNet model as ONNX, such as '
                         'face_detection_yunet_2023mar.onnx of the OpenCV model zoo') from None
    return detector
