"""The photograph base: photographs and outlines come in, are checked, divided and handed on."""
