"""What an outcome means, in words with numbers and sources."""

from monitoring.engine.records import Direction
from monitoring.outcomes import outcomes
from monitoring.outcomes.outcome_words import meanings
from tests.conftest import World
from tests.monitoring.outcomes.scored import declare


def test_a_rule_that_the_instrument_does_not_bring_is_said_to_be_ours(north: World) -> None:
    declare("WHO-5", Direction.HIGHER_IS_BETTER, remission_below=28)

    words = {one.word: one for one in meanings(outcomes.load_spec("WHO-5"))}

    reliable = words["Reliably better, reliably worse"]
    assert "by 7.56 points or more. No reliable change is set" in reliable.meaning
    assert "13.5 % of its 56 points are used." in reliable.meaning
    assert "a half is used" in words["Response"].meaning
    assert words["Remission"].meaning == "The last score is above 28; 28 itself does not count."
    assert [words[name].source for name in ("Response", "Remission")] == ["", "Own rule"]
