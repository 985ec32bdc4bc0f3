"""A browser whose session is older than it was."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone


def move_session(client: Client, **back: timedelta) -> None:
    session = client.session
    for key, by in back.items():
        session[key] = (timezone.now() - by).timestamp()
    session.save()
