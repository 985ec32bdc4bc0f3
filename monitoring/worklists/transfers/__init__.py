"""Care that goes from one person to another: hand-overs, and the end of care."""
