"""The doors of Celery, the pulse of the background, and what the pages say about it."""
