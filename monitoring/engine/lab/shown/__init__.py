"""Numbers that people are shown, held against the truth behind simulated people: intervals, ranges, chances."""
