"""Damaged files, made from sound ones; see tools/benchmark/fuzz.py."""
