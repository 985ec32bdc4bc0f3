"""Pages that patients read, and those anybody may open."""
