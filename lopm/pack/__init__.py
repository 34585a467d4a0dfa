"""A model that travels: weights, config, doubt, ranges, look-alikes and a card in one folder, sealed by one hash."""
