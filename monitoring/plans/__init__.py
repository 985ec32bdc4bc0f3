"""What somebody is asked, and when."""
