"""Damaged files, made from sound ones; see benchmarks/fuzz.py."""
