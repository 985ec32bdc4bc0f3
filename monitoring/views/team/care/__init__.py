"""Pages about who cares and who is reached: contacts, hand-overs, discharge."""
