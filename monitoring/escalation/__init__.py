"""What happens to an alert when nobody moves it on: whose clock ends when, who is told next, and that it cannot stall."""
