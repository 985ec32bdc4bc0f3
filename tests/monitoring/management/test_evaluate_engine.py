"""The command that runs the engine's benchmark."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("options", [{"seed": 5}, {"patients": 50}])
def test_training_seeds_and_tiny_panels_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="seed above 1001"):
        call_command("evaluate_engine", **options)
