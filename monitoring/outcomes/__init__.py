"""What became of people, counted for a clinic."""
