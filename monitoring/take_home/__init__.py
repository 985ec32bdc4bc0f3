"""What a patient takes home: all that is kept, to read, for a program, and as tables."""
