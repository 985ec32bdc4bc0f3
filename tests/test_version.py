"""One version: in pyproject.toml, in the changelog, in the image, on two pages and for monitors."""

import re
import tomllib

import pytest
from django.conf import settings
from django.test import Client

from tests.config.conftest import ROOT
from tests.conftest import World


def test_the_version_is_the_one_of_the_project_and_the_changelog_begins_with_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)

    assert project["version"] == settings.VERSION
    assert newest is not None
    assert newest.group(1) == settings.VERSION


def test_the_image_brings_the_file_that_holds_it() -> None:
    assert "!pyproject.toml" in (ROOT / ".dockerignore").read_text().splitlines()
    assert re.search(r"^COPY manage.py pyproject.toml ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize(("who", "page"), [("ann", "/me/"), ("chris", "/accounts/2fa/")])
def test_who_is_signed_in_finds_it(client: Client, world: World, who: str, page: str) -> None:
    client.force_login(getattr(world, who))

    assert f"Tidemark, version {settings.VERSION}" in client.get(page).content.decode()


@pytest.mark.parametrize("page", ["/accounts/login/", "/help/", "/offline/", "/nowhere/"])
def test_pages_for_everybody_do_not_name_it(client: Client, db: None, page: str) -> None:
    assert settings.VERSION not in client.get(page).content.decode()
