"""Pages about people, by noun. Order in each view: find (access), form, use case, respond."""
