"""Parts of a backbone that a small data set must not change: a hospital has a few hundred photographs."""
import difflib


def freeze(module, parameters):
    """Take the named parameters out of training.

    Returns:
        Names of the submodules that hold no others: whoever owns them keeps them in ``eval`` mode.
    """
    for name, parameter in module.named_parameters():
        if name in parameters:
            parameter.requires_grad = False
    owned = {name: {f'{name}.{own}' if name else own for own, _ in part.named_parameters()}
             for name, part in module.named_modules()}
    return [name for name, own in owned.items() if own and own <= parameters]


def freeze_unreached(module, maps):
    """Freeze the parameters on which no map depends: distributed training would wait for their gradients."""
    freeze(module, {name for name, _ in module.named_parameters()} - reached(module, maps))


def frozen_parameters(module, maps, stages):
    """Names of what ``frozen_stages`` says: what lies under prefixes, or what the ``stages`` finest maps depend on.

    Args:
        maps: The module's maps, finest first, computed with gradients.

    Raises:
        ValueError: a prefix names no part, or there are fewer maps than ``stages``.
    """
    if isinstance(stages, (list, tuple)):
        return parameters_under(module, stages)
    if stages > len(maps):
        raise ValueError(f'frozen_stages = {stages}, but {type(module).__name__} gives {len(maps)} maps; '
                         'name the parts instead, such as ["layers.0"]')
    return reached(module, maps[:stages]) if stages > 0 else set()


def reached(module, maps):
    """Names of the parameters on which the maps depend."""
    sum(feat.sum() for feat in maps).backward(retain_graph=True)
    names = {name for name, parameter in module.named_parameters() if parameter.grad is not None}
    module.zero_grad(set_to_none=True)
    return names


def parameters_under(module, prefixes):
    """Names of the parameters under prefixes such as ``['conv1', 'layer1.0']``; an unknown one is an error."""
    names = [name for name, _ in module.named_parameters()]
    parts = {'.'.join(name.split('.')[:depth]) for name in names for depth in range(1, name.count('.') + 2)}
    for prefix in prefixes:
        if prefix not in parts:
            near = difflib.get_close_matches(prefix, parts, n=1, cutoff=0)[0]
            raise ValueError(f'frozen_stages: {type(module).__name__} has no part {prefix!r}; did you mean {near!r}?')
    return {name for name in names if any(f'{name}.'.startswith(f'{prefix}.') for prefix in prefixes)}
