#!/usr/bin/env python
"""Django's door: runs one management command, with the embedded PostgreSQL beneath it where none is configured."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config.machine import embedded
from config.web.stack import roomy


@roomy
def main() -> None:
    """Run the command; a bad setting ends in one sentence, not in a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        with embedded.for_command(command):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"tidemark: {problem}")


if __name__ == "__main__":
    main()
