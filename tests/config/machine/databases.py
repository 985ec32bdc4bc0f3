"""Asking a server of the product's own, and signing in to it."""

import os

import psycopg
import pytest

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root has other users to become")


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None
