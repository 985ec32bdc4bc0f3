"""A lost database is not taken for a session that someone ended."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction

from config.web.sessions import SessionStore


@pytest.fixture
def store(transactional_db: None) -> SessionStore:
    store = SessionStore()
    store["active_at"] = 1
    store.save(must_create=True)
    return store


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_database_that_does_not_answer_is_said_to_be_away(store: SessionStore) -> None:
    with transaction.atomic("owner"):
        Session.objects.using("owner").select_for_update().get(pk=store.session_key)

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(OperationalError):
                store.save()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_session_that_was_ended_meanwhile_is_still_an_ended_session(store: SessionStore) -> None:
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        store.save()
