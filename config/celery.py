"""The Celery app and the beat timetable: every periodic job on one page."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tidemark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["monitoring.operations"])

# By name, because it reads our tables: they are there when the worker starts.
app.steps["consumer"].add("monitoring.operations.pulses:WorkersPulse")

app.conf.beat_schedule = {
    # Takes whatever no message brought: due slots, due assessments, unsent notifications.
    "sweep": {
        "task": "monitoring.tasks.sweep",
        "schedule": 60.0,
        # An unread sweep older than its successor is of no use to anyone.
        "options": {"expires": 55},
    },
    # The second net: every episode's ratings at once, in the small hours of the server.
    "compare": {"task": "monitoring.tasks.compare_all", "schedule": crontab(hour=2, minute=30)},
    # How loud the signal may be in each clinic, from its own past.
    "measure": {"task": "monitoring.tasks.measure_all", "schedule": crontab(hour=3, minute=30)},
}
