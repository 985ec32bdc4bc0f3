"""Who is in care, who cares, what is tried, and what surrounds it."""
