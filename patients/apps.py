"""Registration of the app with Django."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """The people side of the product."""

    name = "patients"
    default_auto_field = "django.db.models.BigAutoField"
