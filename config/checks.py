"""What `manage.py check` finds in the surroundings of an installation: who it runs as, here and in the database."""

import os
from collections.abc import Sequence

from django.core import checks

from patients import walls


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
