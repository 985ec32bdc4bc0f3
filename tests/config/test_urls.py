"""The addresses of the product: each name once, each view found, and the page of a failure there."""

from collections import Counter

from django.urls import get_resolver
from django.utils.module_loading import import_string

from config import urls
from tests.furnished import Route, routes


def ours() -> list[Route]:
    return [route for route in routes() if route.is_ours]


def test_no_name_stands_for_two_addresses() -> None:
    counted = Counter(route.name for route in routes())

    assert len(ours()) > 50
    assert [name for name, count in counted.items() if count > 1] == []


def test_a_patients_address_carries_numbers_of_rows_and_no_names() -> None:
    parts = {part for route in ours() for part in route.parts}

    assert not {part for part in parts if "name" in part or "email" in part}


def test_no_address_of_an_app_lies_behind_another_ones() -> None:
    """An address that two apps share would be whoever's comes first."""
    patterns = [
        str(pattern.pattern)
        for module in ("patients.urls", "monitoring.urls")
        for pattern in import_string(f"{module}.urlpatterns")
    ]

    assert [pattern for pattern, count in Counter(patterns).items() if count > 1] == []


def test_the_page_of_a_failure_exists() -> None:
    assert callable(import_string(urls.handler500))
    assert get_resolver().resolve_error_handler(500) is import_string(urls.handler500)
