"""The parts of benchmarks/isic_peers.py."""
