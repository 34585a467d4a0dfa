"""The points of a photograph by which it is known again, on whatever other photograph they stand."""
import cv2
import numpy as np

SIDE = 640  # pixels of the longer side: where a point stands is said in them
POINTS = 1500
POINT = np.dtype([('place', np.float32, 2), ('descriptor', np.uint8, 128)])
LEVELS = 512  # of a RootSIFT entry of 1; few exceed a half


def local_features(grey):
    """SIFT points of a grey photograph uint8 ``[H, W]``: ``POINT [N]``, at most 1,500, the strongest first.

    Descriptors are RootSIFT (Arandjelovic and Zisserman, Three things everyone should know to improve object
    retrieval, CVPR 2012): Euclidean distances between them compare histograms as they should be compared.
    """
    scale = SIDE / max(grey.shape)
    return describe_points(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))


def describe_points(grey, faint=.04):
    """The same of a picture as it is. ``faint``: contrast of a point that counts; OpenCV's default is .04."""
    points, descriptors = cv2.SIFT_create(POINTS, contrastThreshold=faint).detectAndCompute(grey, None)
    features = np.zeros(min(len(points), POINTS), POINT)
    if len(features):
        order = np.argsort([-point.response for point in points], kind='stable')[:POINTS]
        root = np.sqrt(descriptors / np.maximum(descriptors.sum(1, keepdims=True), 1e-9))[order]
        features['place'] = cv2.KeyPoint.convert(points)[order]
        features['descriptor'] = (LEVELS * root).round().clip(0, 255)
    return features


def vectors(features):
    """Descriptors as float32 ``[N, 128]`` of about length 1."""
    return features['descriptor'].astype(np.float32) / LEVELS
