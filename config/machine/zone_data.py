"""The rules of the world's clocks that Python reads: the pinned package's, and no other copy on the machine."""

import importlib.util
import zoneinfo

from django.core.exceptions import ImproperlyConfigured


def use_own() -> None:
    """Let Python read the rules of clocks from the package tzdata alone; called by the settings, before anything asks.

    Left to itself Python prefers the system's copy, which is as old as the system: with the rules of 2025, Vancouver is
    an hour off from autumn 2026 on, and a check-in after midnight is about another day (docs/decisions/0164).

    Raises:
        ImproperlyConfigured: the package is not installed.
    """
    if importlib.util.find_spec("tzdata") is None:
        raise ImproperlyConfigured("The package tzdata is not installed: install requirements/base.txt.")
    if zoneinfo.TZPATH:
        zoneinfo.reset_tzpath(to=())
        zoneinfo.ZoneInfo.clear_cache()
