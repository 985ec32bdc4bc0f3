"""Registration of the app with Django."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """The measurement side of the product."""

    name = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
