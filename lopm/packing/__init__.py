"""How a run becomes a pack (``lopm.pack``): its parts read once more, doubt fitted, the card written."""
