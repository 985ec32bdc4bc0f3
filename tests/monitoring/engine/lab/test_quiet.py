"""How often something is found in people in whom nothing happened."""

from monitoring.engine.lab import quiet
from monitoring.engine.rules import DEFAULT


def test_a_start_that_does_nothing_is_quiet_over_a_whole_watch() -> None:
    found = quiet.starts(400, 31)

    for kind in ("random week", "worst of 12 weeks"):
        assert found[kind]["any"] <= 0.14
        assert found[kind]["review"] <= 0.08
        assert found[kind]["any"] < found[kind]["any, alone"] / 2


def test_a_larger_effect_is_named_more_often_and_more_than_by_one_rating_alone() -> None:
    found = quiet.starts(400, 31)
    two, three = found["effect of 2"], found["effect of 3"]

    assert two["by week 4"] < three["by week 4"] < three["by week 6"]
    assert three["by week 4"] > three["by week 4, alone, same error"]


def test_the_lines_after_a_stop_are_reached_by_few_in_whom_nothing_changes() -> None:
    found = quiet.stops(5000, 32)

    assert found["three askings"][str(DEFAULT.stop_symptoms)] <= 0.10
    assert found["one asking"][str(DEFAULT.stop_symptoms_few)] <= 0.10
    assert found["none"]["4"] > 0.5


def test_ordinary_care_counts_what_pages_by_its_kind() -> None:
    found = quiet.ordinary_care(15, 33)

    assert abs(found["all"] - sum(rate for kind, rate in found.items() if kind != "all")) < 1e-9
