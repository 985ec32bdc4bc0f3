"""What `manage.py check` finds in the surroundings of an installation: who it runs as, here and in the database."""

import os
from collections.abc import Sequence

from django.core import checks
from django.db import OperationalError
from django.utils import timezone

from patients import walls, zones


def runs_without_root(**_: object) -> list[checks.CheckMessage]:
    """Warn where the product would have root's rights."""
    if os.geteuid():
        return []
    hint = "Start it as a user without rights of its own, as the image does (USER in the Dockerfile)."
    return [checks.Warning("This process runs as root.", hint=hint, id="tidemark.W001")]


def role_stays_behind_the_wall(databases: Sequence[str] | None = None, **_: object) -> list[checks.CheckMessage]:
    """Find a database role for which row-level security does not hold (`check --database default`)."""
    if "default" not in (databases or ()):
        return []
    try:
        walls.check_at_start()
    except walls.RoleTooPowerful as problem:
        return [checks.Error(str(problem), id="tidemark.E001")]
    return []


def zone_data_agrees(databases: Sequence[str] | None = None, **_: object) -> list[checks.CheckMessage]:
    """Warn of zones that the database reads otherwise than Python (`check --database default`)."""
    if "default" not in (databases or ()):
        return []
    try:
        differing = zones.differing(zones.places(), at=timezone.now())
    except OperationalError:
        return []  # a database that is away is another check's matter
    if not differing:
        return []
    hint = "Days are counted in Python, so nothing of ours is off; a query of your own would be. Update PostgreSQL."
    return [
        checks.Warning(
            f"PostgreSQL has other rules of clocks for {', '.join(differing)}.", hint=hint, id="tidemark.W002"
        )
    ]
