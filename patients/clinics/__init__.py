"""A clinic's hours and the numbers that help."""
