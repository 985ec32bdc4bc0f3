"""How fast the product is, as ratios to what the database alone needs for the same rows in the same run."""
