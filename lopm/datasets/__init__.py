"""Photographs with outlined and named lesions."""
