"""Numbers of groups with how sure they are: curves of events, means."""
