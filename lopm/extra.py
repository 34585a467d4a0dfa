"""Packages that only the photograph base needs, imported where they are used."""
from importlib import import_module


def need(module):
    """Import a package of the extra ``base``.

    Raises:
        ValueError: It is not installed; the message says how to.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ValueError(f"{module} cannot be imported ({error}); install it with: pip install -e '.[base]'") from None
