"""What ``lopm COMMAND`` does: a module each, with ``parse_args`` and ``main``, which alone imports what is heavy."""
