"""What stands on paper, typed by the team."""
