"""The photograph base: into it, out of it, and what is wrong in it."""
