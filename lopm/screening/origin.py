"""Whether a model has only seen drawings, which has to stand beside all that it says."""
from lopm.datasets.lesions import BUILT_IN
from lopm.engine.runs import config_of, types_in


def drawn(checkpoint):
    """Whether a checkpoint that holds its config was trained on drawings; False where it does not say."""
    try:
        return trained_on_drawings(config_of(checkpoint))
    except ValueError:
        return False


def trained_on_drawings(cfg):
    """Whether a config's training part, or a base of it, draws its photographs."""
    return bool(types_in(cfg.get('train_dataloader')).intersection(BUILT_IN))
