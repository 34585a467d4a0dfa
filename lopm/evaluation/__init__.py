"""How results are scored."""
