"""An episode that another engine judged."""

from tests import factories
from tests.conftest import World

STEADY = [6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 7, 6, 6]
FALL = [2, 2, 1, 2]
DEAF = {"kernel_watch": 50, "kernel_review": 60, "kernel_priority": 70, "guard_mean_two": 90}


def give(world: World, moods: list[int | None]) -> None:
    others = {name: list(moods) for name in ("sleep", "energy", "function")}
    factories.make_history(world.episode, by=world.ann, moods=list(moods), **others)
