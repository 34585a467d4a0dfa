"""Out of the base: shards that TensorFlow and PyTorch read, with the photographs, maps and labels of LesionDataset."""
