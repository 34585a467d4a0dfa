"""Photographs come in clean: nothing but pixels, under names that only the holder of the key can trace."""
