"""What a person must act on: raised by the computer, seen through by people."""
