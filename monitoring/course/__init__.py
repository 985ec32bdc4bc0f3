"""One person on one time axis: read from rows, put in words, drawn."""
