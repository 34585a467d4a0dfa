"""Predicted cases on disk: a json each, and of all of them tables and a data set."""
