"""What surrounds the training step: hooks, samplers, pictures of a run."""
