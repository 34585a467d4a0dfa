"""Packages that only the photograph base or reports need, imported where they are used."""
from importlib import import_module


def need(module, extra='base'):
    """Import a package of an extra.

    Raises:
        ValueError: It is not installed; the message says how to.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ValueError(f"{module} cannot be imported ({error}); install it with: "
                         f"pip install -e '.[{extra}]'") from None
