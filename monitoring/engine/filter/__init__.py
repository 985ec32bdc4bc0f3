"""The joint change-point filter, for one person or for many at once."""
