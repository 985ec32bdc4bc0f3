"""A clinic's past with findings that somebody acted on."""

from monitoring import engine

RULES = engine.DEFAULT
# Steady for 14 weeks, then far worse for 16: one alert at week 15 or 16, one more eight weeks later.
MOODS: list[int | None] = [*([6, 7] * 7), *([2, 1] * 8)]
