"""What is called has room: no piece of the interpreter's stack is fetched and handed back at every turn of a loop."""

import resource
from collections.abc import Callable

from config.web.stack import roomy

TURNS = 300
# Deeper than any page calls.
DEEPEST = 300


def leaf() -> None:
    """Be called."""


def loop() -> None:
    for _turn in range(TURNS):
        leaf()


def down(steps: int) -> None:
    if steps:
        down(steps - 1)
    else:
        loop()


@roomy
def down_with_room(steps: int) -> None:
    down(steps)


def worst(call: Callable[[int], None]) -> int:
    """Return the most pages that the system had to bring for one loop, at any depth."""
    faults = []
    for depth in range(DEEPEST):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        call(depth)
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return max(faults)


def test_at_no_depth_a_loop_fetches_memory_at_every_turn() -> None:
    down_with_room(DEEPEST)
    assert worst(down_with_room) < TURNS / 4
