"""A clinic of invented people with a year of history, made through the ordinary use cases at simulated times."""

from monitoring.demo.cast import STORIES
from monitoring.demo.clinic import CLINIC_NAME, SignIn, begin, build, fill, first_part

__all__ = ["CLINIC_NAME", "STORIES", "SignIn", "begin", "build", "fill", "first_part"]
