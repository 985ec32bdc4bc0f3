"""The team's lists: who comes first, and why."""
