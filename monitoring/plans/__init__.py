"""What someone is asked, and when."""
