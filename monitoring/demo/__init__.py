"""A clinic of invented people with a year of history, made through the ordinary use cases at simulated times."""

from monitoring.demo.clinic import CLINIC_NAME, SignIn, build

__all__ = ["CLINIC_NAME", "SignIn", "build"]
