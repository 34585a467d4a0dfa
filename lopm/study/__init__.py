"""Studies: many runs on the folds of one base, and what they say together."""
