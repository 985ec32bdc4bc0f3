"""The project: settings, URL map, background jobs and the servers' doors."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
