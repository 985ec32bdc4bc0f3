"""Who needs someone, worked out when it changes and stored."""
