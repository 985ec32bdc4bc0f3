"""A clinic made on the console."""

import re
from io import StringIO

from django.core.management import call_command

NEW_CLINIC = {"name": "Harbour Clinic", "public_name": "Harbour", "admin_email": "ada@harbour.example"}


def set_up(**more: str) -> list[str]:
    """Set up a clinic on the console and return the paths of the links that are printed."""
    out = StringIO()
    call_command("create_clinic", **(NEW_CLINIC | more), stdout=out)
    return re.findall(r"http://127\.0\.0\.1:8000(/join/\S+)", out.getvalue())
