"""The state of a finding: one for each kind and tier."""

from monitoring.words.states import SIGNAL_STATES, State, state_of


def test_every_state_of_a_signal_is_in_the_table_once() -> None:
    quiet = {kind for kinds, tiers, _state in SIGNAL_STATES if not tiers for kind in kinds}

    assert all(state_of(kind, "info") is not None for kind in quiet)
    assert state_of("deterioration", "review") is State.WORSE
    assert state_of("deterioration", "watch") is State.WATCH
    assert state_of("offer_instrument", "info") is None
