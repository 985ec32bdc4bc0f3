"""Switches of a page: what an address may hold, and links that keep the rest of it."""

from django.http import QueryDict

from monitoring.views.switches import WINDOW_LABELS, allowed_value, choices_of


def test_a_value_that_is_not_offered_becomes_the_default() -> None:
    assert allowed_value(QueryDict("window=6m"), "window", WINDOW_LABELS, default="12w") == "6m"
    assert allowed_value(QueryDict("window=%00"), "window", WINDOW_LABELS, default="12w") == "12w"
    assert allowed_value(QueryDict(""), "window", WINDOW_LABELS, default="12w") == "12w"


def test_a_link_changes_its_own_value_and_keeps_the_others() -> None:
    choices = choices_of(WINDOW_LABELS, "window", {"window": "6w", "view": "table"})

    assert [choice.key for choice in choices if choice.is_current] == ["6w"]
    assert choices[1].url == "?window=12w&view=table"
