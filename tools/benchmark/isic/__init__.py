"""The parts of tools/benchmark/isic_peers.py."""
