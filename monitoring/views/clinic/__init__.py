"""Pages about a clinic as a whole."""
