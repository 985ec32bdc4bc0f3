"""Pages, by noun. Order in each view: find (access), form, use case, nudge, respond."""
