"""The forms of instruments: each version with its own scale, and one that nobody declared is not guessed."""

from monitoring import engine
from monitoring.models import ClinicInstrument
from monitoring.plans import instruments
from tests.conftest import World


def declare(version: str, maximum: float) -> None:
    ClinicInstrument.objects.create(
        code="pain VAS",
        version=version,
        name="pain VAS",
        direction="higher_is_worse",
        minimum=0,
        maximum=maximum,
        response_drop=0.5,
        source="ours",
    )


def test_each_version_has_its_own_scale(north: World) -> None:
    declare("1", 100)
    declare("2", 10)

    found = instruments.form_specs([("pain VAS", "1"), ("PHQ-9", "1"), ("pain VAS", "9")])

    assert {form: spec.maximum for form, spec in found.items()} == {("pain VAS", "1"): 100, ("PHQ-9", "1"): 27}


def test_the_version_of_the_newest_score_counts_now_whatever_its_number(north: World) -> None:
    declare("10", 100)
    declare("9", 10)
    specs = instruments.form_specs(
        [("pain VAS", "9"), ("pain VAS", "10"), ("GAD-7", engine.INSTRUMENTS["GAD-7"].version)]
    )

    now, earlier = instruments.newest_and_earlier(
        specs, {"pain VAS": "10", "GAD-7": engine.INSTRUMENTS["GAD-7"].version}
    )

    assert {code: spec.version for code, spec in now.items()} == {
        "pain VAS": "10",
        "GAD-7": engine.INSTRUMENTS["GAD-7"].version,
    }
    assert [(spec.code, spec.version) for spec in earlier] == [("pain VAS", "9")]
