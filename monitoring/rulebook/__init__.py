"""Every clinical rule in words that a clinician reads: what is told, how loud, from which line on, and why there."""
