"""Pages that patients read, and those anyone may open."""
