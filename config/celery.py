"""The Celery app and the beat timetable: every periodic job on one page."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tidemark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Takes whatever no message brought: due slots, due assessments, unsent notifications.
    "sweep": {
        "task": "monitoring.tasks.sweep",
        "schedule": 60.0,
        # An unread sweep older than its successor is of no use to anybody.
        "options": {"expires": 55},
    },
}
