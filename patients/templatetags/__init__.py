"""What templates ask of patients."""
