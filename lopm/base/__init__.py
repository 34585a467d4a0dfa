"""The photograph base: what happens to photographs and outlines before a network sees them."""
