"""Who is cared for, by whom, with what, and who may look. Knows nothing of check-ins or alerts."""
