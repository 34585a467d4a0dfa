"""A model's config with what building it reads off."""
from lopm.models.building import build_backbone, build_neck
from lopm.models.defaults import fill_decode_head, fill_neck
from lopm.tasks import build_tasks


def complete_model(cfg):
    """Fill in what a ``MultiTaskModel``'s config leaves to be read off, in place: inputs of its neck and its decoder.

    Returns:
        In words, what maps backbone and neck give.
    """
    _, maps = build_backbone(cfg['backbone'])
    _, pyramid = build_neck(cfg.get('neck'), maps)
    if cfg.get('neck'):
        cfg['neck'] = fill_neck(cfg['neck'], maps)
    if cfg.get('outline_head'):
        masks = list(build_tasks(cfg['tasks']).masks.values())
        head = cfg['outline_head']
        head['decode_head'] = fill_decode_head(head['decode_head'], pyramid, 1 + len(masks))  # and the core
    return f'the backbone gives {maps}, the heads read {pyramid}'
