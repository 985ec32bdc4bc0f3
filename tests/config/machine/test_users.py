"""Users of the product's own: none of them root, none with what belongs to root's session."""

from pathlib import Path

import pytest

from config.machine import users
from tests.config.machine.rooted import needs_root


@needs_root
def test_two_users_of_the_products_own_are_neither_root_nor_the_same() -> None:
    application, database = users.of_application(), users.of_database()

    assert 0 not in {application.uid, database.uid}
    assert application.uid != database.uid
    assert application.gid != database.gid


@needs_root
def test_another_user_does_not_inherit_what_belongs_to_roots_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/somewhere")
    monkeypatch.setenv("TIDEMARK_PORT", "8001")

    environment = users.environment(users.of_application(), home=tmp_path)

    assert "SSH_AUTH_SOCK" not in environment
    assert (environment["HOME"], environment["USER"]) == (str(tmp_path), users.APPLICATION)
    assert environment["TIDEMARK_PORT"] == "8001"
