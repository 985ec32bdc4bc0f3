"""Simulated people, by two generators that share nothing but their shape."""
