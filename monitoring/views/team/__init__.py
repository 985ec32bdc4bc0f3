"""Pages that the care team reads."""
