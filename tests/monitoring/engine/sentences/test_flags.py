"""Sentences about red flags."""

from monitoring.engine import INSTRUMENTS, screen_answers
from monitoring.engine.explain import explain


def test_a_safety_answer_is_told_as_it_was_given_and_as_nothing_else() -> None:
    (finding,) = screen_answers("PHQ-9", {"9": 2}, {"9": 1})

    said = explain(finding)
    assert "PHQ-9" in said
    assert "More than half the days" in said
    assert not [word for word in ("risk", "danger", "suicidal") if word in said.lower()]


def test_a_warning_of_the_body_never_speaks_of_self_harm() -> None:
    spec = INSTRUMENTS["PHQ-15"]
    items = {flag.item: flag.at for flag in spec.red_flags}

    said = [explain(finding) for finding in screen_answers(spec, items, dict.fromkeys(items, 0))]

    assert len(said) == len(items) > 0
    assert not [sentence for sentence in said if "hurt" in sentence.lower() or "better off dead" in sentence.lower()]
