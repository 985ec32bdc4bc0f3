"""What leaves the house: mail to the team and to patients."""
