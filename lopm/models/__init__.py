"""Networks: a shared backbone, feature heads and a meta head."""
