"""Registration of the project's own checks and commands with Django."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from config import checks


class ProjectConfig(AppConfig):
    """The project itself."""

    name = "config"

    def ready(self) -> None:
        """Register what `manage.py check` looks at beside Django's own."""
        register(checks.runs_without_root, Tags.security, deploy=True)
        register(checks.role_stays_behind_the_wall, Tags.database)
        register(checks.zone_data_agrees, Tags.database)
