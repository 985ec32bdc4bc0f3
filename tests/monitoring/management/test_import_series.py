"""The command that brings series in."""

import io
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring.models import Score
from patients.models import Patient
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.exchange.series import GOOD


def run(path: Path, *options: str) -> None:
    call_command("import_series", str(path), "--clinic", "Northgate Clinic", *options)


INSTRUMENT = ("--instrument", "HAM-D:higher_is_worse:0:52")


def test_the_command_only_reports_unless_told_to_write(
    world: World, toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(toy, *INSTRUMENT)

    assert "Dry run: nothing was changed" in capsys.readouterr().out
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Score.objects.exists()

    run(toy, *INSTRUMENT, "--commit", "--responsible", "chris@north.example")
    run(toy, *INSTRUMENT, "--commit")

    assert "Everything is there already; nothing changed." in capsys.readouterr().out
    with clinic_context(clinic_id=world.clinic.pk):
        assert Score.objects.count() == 2


def test_the_command_prints_the_bad_lines_and_fails(
    world: World, toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.write_text("\n".join([*GOOD, "toy,1,x,,HAM-D,1,a"]), encoding="utf-8")

    with pytest.raises(CommandError, match="Nothing was changed: 1 problems"):
        run(toy, *INSTRUMENT, "--commit")

    assert "line 5: day must be a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "Nothing was changed"),
        (("--instrument", "HAM-D"), "expected CODE"),
        (("--instrument", "PHQ-9:higher_is_worse:0:27"), "comes with the product"),
        (("--mapping", "/nowhere/mapping.toml"), "No such file"),
        ((*INSTRUMENT, "--responsible", "ann@north.example"), "is no clinician of this clinic"),
        ((*INSTRUMENT, "--responsible", "eve@south.example"), "is no clinician of this clinic"),
        ((*INSTRUMENT, "--responsible", "nobody@north.example"), "is no clinician of this clinic"),
    ],
)
def test_the_command_refuses_in_one_sentence(world: World, toy: Path, options: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(toy, *options)


def test_a_clinic_that_does_not_exist_is_named(db: None, toy: Path) -> None:
    with pytest.raises(CommandError, match="There is no clinic 'Nowhere'"):
        call_command("import_series", str(toy), "--clinic", "Nowhere")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let Ctrl-C be heard: a shell starts what it sends to the background deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Stopping(io.StringIO):
    """A terminal at which someone ends the import as soon as it says how far it is."""

    def __init__(self, by: signal.Signals) -> None:
        super().__init__()
        self.by = by

    def write(self, text: str) -> int:
        written = super().write(text)
        if "days assessed" in text:
            signal.raise_signal(self.by)
        return written


def test_an_import_says_how_far_it_is(world: World, toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(toy, *INSTRUMENT, "--commit")

    said = capsys.readouterr().err.splitlines()
    assert said[0] == "1 of 2 days assessed. Nothing is kept before the end."
    assert said[-1] == "2 of 2 days assessed, about 0 s left."


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_leaves_nothing_and_the_next_one_takes_all_in(
    world: World, toy: Path, by: signal.Signals, ctrl_c: None
) -> None:
    with pytest.raises(CommandError, match=r"Stopped\. Nothing was changed"):
        call_command(
            "import_series", str(toy), "--clinic", "Northgate Clinic", *INSTRUMENT, "--commit", stderr=Stopping(by)
        )

    with clinic_context(clinic_id=world.clinic.pk):
        assert not Score.objects.exists() and not Patient.objects.filter(external_id="1").exists()
    run(toy, *INSTRUMENT, "--commit")
    run(toy, *INSTRUMENT, "--commit")
    with clinic_context(clinic_id=world.clinic.pk):
        assert Score.objects.count() == 2
        assert Patient.objects.filter(external_id__in=["1", "2"]).count() == 2
