"""A course on paper."""
