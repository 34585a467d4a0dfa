"""One size for all pipelines of a config."""
SIZED = {'FitPhotograph': 'size', 'mmseg.RandomCrop': 'crop_size'}  # which argument of a transform it is


def share_size(size, pipelines):
    """Hand a config's ``size`` to the transforms that state none, in place; what a pipeline states itself stays.

    ``LoadPhotograph`` learns how large a photograph is needed: by the largest zoom of all pipelines, so that one is
    decoded alike in training and at test.

    Args:
        size: (height, width), or the side of a square; None: every pipeline has to state its own.
        pipelines: Lists of the transforms' configs.

    Raises:
        ValueError: The size is none.
    """
    size = None if size is None else as_size(size)
    for transform in (each for pipeline in pipelines for each in pipeline):
        if size and transform['type'] in SIZED:
            transform.setdefault(SIZED[transform['type']], size)
    fits = [next((each for each in pipeline if each['type'] == 'FitPhotograph'), None) for pipeline in pipelines]
    zoom = max((fit.get('ratio_range', (1, 1))[1] for fit in fits if fit), default=1)
    zoom *= max((each.get('zoom', each.get('fine', 1)) for pipeline in pipelines for each in pipeline), default=1)
    for fit, pipeline in zip(fits, pipelines):
        for transform in pipeline:
            if fit and 'size' in fit and transform['type'] == 'LoadPhotograph':
                transform.setdefault('at_least', [round(zoom * side) for side in fit['size']])


def as_size(size):
    """(height, width) of what a config calls ``size``."""
    sides = list(size) if isinstance(size, (list, tuple)) else [size]
    if len(sides) not in (1, 2) or any(type(side) is not int or side < 1 for side in sides):
        raise ValueError(f'size={size}: give the side of a square, such as 224, or (height, width), in pixels')
    return sides[0], sides[-1]
