"""Series from elsewhere: a good file comes in once, a bad one names its lines and changes nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from monitoring import exchange
from monitoring.engine.records import Direction, FindingKind, InstrumentSpec
from monitoring.exchange import FileRefused, MappingRefused, imports
from monitoring.models import Alert, Assessment, ClinicInstrument, Score, Signal
from patients.models import AuditEvent, CareTeamMembership, Clinic, Episode, Intervention, Patient, User
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World

# One worker builds what these tests share.
pytestmark = pytest.mark.xdist_group("exchange")

NOW = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "data"
MAPPINGS = Path(__file__).parents[3] / "docs" / "examples" / "mappings"
HAM_D = InstrumentSpec(
    code="HAM-D", version="1", name="HAM-D", direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=52
)
KNOWN = {"HAM-D": HAM_D}
HEADER = "dataset,subject,day,week,instrument,value,arm"
GOOD = [HEADER, "toy,1,0,0,HAM-D,20,a", "toy,1,7,1,HAM-D,,a", "toy,2,0,,HAM-D,18.5,b"]
MAPPING = exchange.Mapping(instruments=KNOWN)


def read(*lines: str, encoding: str = "utf-8") -> exchange.SeriesFile:
    return exchange.read_series("\n".join(lines).encode(encoding), KNOWN)


def refused(content: bytes) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        exchange.read_series(content, KNOWN)
    return [str(problem) for problem in caught.value.problems]


def take_in(
    file: exchange.SeriesFile,
    mapping: exchange.Mapping = MAPPING,
    *,
    start_on: date | None = None,
    responsible: User | None = None,
    at: datetime = NOW,
) -> exchange.Import:
    return exchange.import_series(
        file=file, mapping=mapping, start_on=start_on, responsible=responsible, by=None, at=at
    )


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_a_missing_value_is_counted_and_never_zero() -> None:
    file = read(*GOOD)

    assert (file.rows, file.missing, len(file.subjects)) == (3, 1, 2)
    assert [value.value for value in file.subjects[0].values] == [20.0]


def test_a_byte_order_mark_is_welcome() -> None:
    assert read(*GOOD, encoding="utf-8-sig").dataset == "toy"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("toy,1,0,0,HAM-D,20", "6 cells under 7 columns"),
        ("toy,1,0,0,HAM-D,20,a,b", "8 cells under 7 columns"),
        ("toy,1,-1,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,1.5,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,nan,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,1e3,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,99999999,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,7,2,HAM-D,20,a", "is not day 7 divided by seven"),
        ("toy,1,7,x,HAM-D,20,a", "is not day 7 divided by seven"),
        ("toy,1,0,0,HAM-D,53,a", "HAM-D is 0 to 52, not 53"),
        ("toy,1,0,0,HAM-D,-1,a", "HAM-D is 0 to 52, not -1"),
        ("toy,1,0,0,HAM-D,NaN,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,inf,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,2_0,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,٢٠,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,=1+1,a", "value must be a number"),
        ("toy,1,0,0,BDI,20,a", "instrument 'BDI' is not declared"),
        (",1,0,0,HAM-D,20,a", "dataset is ''"),
        ("other,1,0,0,HAM-D,20,a", "dataset is 'other' here and 'toy' above"),
        ("toy,,0,0,HAM-D,20,a", "subject must be 1 to 64 printable characters"),
        ("toy,a\u202eb,0,0,HAM-D,20,a", "subject must be 1 to 64 printable characters"),
        ("toy," + "9" * 65 + ",0,0,HAM-D,20,a", "subject must be 1 to 64 printable characters"),
        ("toy,1,0,0,HAM-D,20," + "a" * 2001, "a cell is longer than 2000 characters"),
        ("toy,2,0,0,HAM-D,18.5,b", "HAM-D of 2 on day 0 stands in line 4 already"),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: str, says: str) -> None:
    (problem,) = refused("\n".join([*GOOD, row]).encode())

    assert problem.startswith("line 5: ")
    assert says in problem


def test_every_bad_line_is_named_not_only_the_first() -> None:
    problems = refused("\n".join([*GOOD, "toy,1,x,,HAM-D,1,a", "toy,3,0,0,HAM-D,9,a", "toy,4,0,0,HAM-D,99,a"]).encode())

    assert [problem.split(":")[0] for problem in problems] == ["line 5", "line 7"]


def test_past_a_hundred_problems_the_rest_is_counted() -> None:
    rows = [f"toy,{number},x,,HAM-D,1,a" for number in range(250)]

    with pytest.raises(FileRefused) as caught:
        read(HEADER, *rows)

    assert len(caught.value.problems) == 100
    assert caught.value.more == 150


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the header must begin with"),
        (HEADER.encode(), "the file has no rows"),
        (b"subject,dataset,day,week,instrument,value\n", "the header must begin with"),
        (b"<!DOCTYPE html><html></html>", "the header must begin with"),
        (b"dataset,subject,day,week,instrument,value,arm,arm\n", "every column needs a name of its own"),
        (b"dataset,subject,day,week,instrument,value,\n", "every column needs a name of its own"),
        (HEADER.encode() + b"," + b",".join(b"c%d" % n for n in range(54)), "61 columns; at most 60"),
        ("\n".join(GOOD).encode("utf-16"), "NUL byte"),
        ("\n".join(GOOD).encode("utf-16-le").replace(b"\0", b"\xff"), "not UTF-8"),
        (("\n".join(GOOD) + "\nt\u00f6y").encode("latin-1"), "line 5: not UTF-8"),
        (b"PK\x03\x04\x14\x00\x00\x00", "NUL byte"),
        (("\n".join(GOOD) + '\ntoy,1,0,0,HAM-D,"20,a').encode(), "not CSV"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"," * (5 * 1024 * 1024), "at most 60 are read"),
        ("\n".join([HEADER, *(f"toy,{n},0,0,HAM-D,1,a" for n in range(20_001))]).encode(), "more than 20000 rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_another_kind_is_refused(content: bytes, says: str) -> None:
    assert says in "\n".join(refused(content))


# --- Mappings --------------------------------------------------------------------------------------------------------


def test_an_instrument_of_the_command_line() -> None:
    spec = exchange.instrument_from_text(
        "HAM-D:higher_is_worse:0:52:response_drop=0.5:remission_below=8:source=Frank 1991"
    )

    assert (spec.minimum, spec.maximum, spec.response_drop, spec.remission_below) == (0, 52, 0.5, 8)
    assert spec.sources == {"all": "Frank 1991"}
    assert spec.is_judged


def test_a_measure_without_a_line_is_never_judged() -> None:
    assert not exchange.instrument_from_text("sodium:higher_is_better:100:200").is_judged


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HAM-D", "expected CODE:direction:minimum:maximum"),
        ("HAM-D:sideways:0:52", "direction must be one of"),
        ("HAM-D:higher_is_worse:52:0", "minimum must lie below maximum"),
        ("HAM-D:higher_is_worse:0:x", "maximum must be a number"),
        ("HAM-D:higher_is_worse:0:nan", "must be finite"),
        ("HAM-D:higher_is_worse:0:52:remision=7", "unknown remision"),
        (":higher_is_worse:0:52", "code must be text"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(MappingRefused, match=says):
        exchange.instrument_from_text(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("people = ", "not TOML"),
        ("poeple = 'x'", "unknown poeple"),
        ("instrument = 3", r"write \[\[instrument\]\]"),
        ("[[intervention]]\nname = 'x'", "kind must be one of"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nfrom_day = -1", "from_day must be a whole number"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nfrom_day = 3\nuntil_day = 2", "until_day lies before"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\namount = -1", "amount must not be negative"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nwhen = 'a'", "write when"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(MappingRefused, match=says):
        exchange.read_mapping(text)


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_mapping_that_ships_can_be_read_and_names_its_sources(path: Path) -> None:
    mapping = exchange.read_mapping(path.read_text(encoding="utf-8"))

    assert mapping.instruments
    assert mapping.interventions
    assert all(spec.sources["all"] != exchange.mappings.UNKNOWN_SOURCE for spec in mapping.instruments.values())


# --- Taking in -------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_the_same_and_changes_nothing(north: World) -> None:
    file = read(*GOOD)
    would = exchange.check_series(file=file, mapping=MAPPING, start_on=None, responsible=None, at=NOW)

    assert not Score.objects.exists()
    assert not ClinicInstrument.objects.exists()
    assert would == take_in(file)


def test_people_get_an_episode_scores_and_a_start_so_that_the_longest_series_ends_today(north: World) -> None:
    take_in(read(*GOOD, "toy,2,14,2,HAM-D,12,b"))

    patient = Patient.objects.get(external_id="2")
    episode = Episode.objects.get(patient=patient)
    assert patient.name == "Toy 2"
    assert episode.started_on == NOW.date() - timedelta(days=14)
    assert list(Score.objects.filter(episode=episode).order_by("about_on").values_list("about_on", "value")) == [
        (date(2026, 11, 5), 18.5),
        (date(2026, 11, 19), 12.0),
    ]


def test_the_start_can_be_given(north: World) -> None:
    take_in(read(*GOOD), start_on=date(2026, 1, 5))

    assert set(Episode.objects.filter(patient__name__startswith="Toy").values_list("started_on", flat=True)) == {
        date(2026, 1, 5)
    }


def test_the_second_time_nothing_changes(north: World) -> None:
    take_in(read(*GOOD))

    again = take_in(read(*GOOD), at=NOW + timedelta(days=30))

    assert not again.changes_anything
    assert again.known_scores == 2
    assert AuditEvent.objects.filter(action=AuditAction.SERIES_IMPORTED).count() == 1


def test_a_file_that_has_grown_adds_only_what_is_new(north: World) -> None:
    take_in(read(*GOOD), start_on=date(2026, 10, 1))

    grown = take_in(read(*GOOD, "toy,1,14,2,HAM-D,12,a", "toy,3,0,0,HAM-D,9,a"), start_on=date(2026, 10, 1))

    assert (grown.new_people, grown.new_scores, grown.known_scores, grown.assessments) == (1, 2, 2, 2)


def test_another_value_for_a_known_day_is_refused_with_its_line(north: World) -> None:
    take_in(read(*GOOD))

    with pytest.raises(FileRefused, match="line 2: HAM-D on day 0 is 20 here, not 21"):
        take_in(read(HEADER, "toy,1,0,0,HAM-D,21,a"))


def test_another_persons_number_is_refused(north: World) -> None:
    take_in(read(*GOOD))

    with pytest.raises(FileRefused, match="line 2: 1 is the number of another patient here"):
        take_in(read(HEADER, "other,1,0,0,HAM-D,20,a"))


def test_another_start_for_a_known_person_is_refused(north: World) -> None:
    take_in(read(*GOOD), start_on=date(2026, 10, 1))

    with pytest.raises(FileRefused, match="started on 2026-10-01, not 2026-10-02"):
        take_in(read(*GOOD), start_on=date(2026, 10, 2))


def test_another_scale_under_a_known_code_is_refused(north: World) -> None:
    take_in(read(*GOOD))
    other = exchange.Mapping(instruments={"HAM-D": exchange.instrument_from_text("HAM-D:higher_is_better:0:60")})

    with pytest.raises(FileRefused, match="declared differently here"):
        take_in(read(*GOOD), other)


def test_nothing_lies_in_the_future(north: World) -> None:
    with pytest.raises(FileRefused, match=r"line 5: day 14 would be .* in the future"):
        take_in(read(*GOOD, "toy,2,14,2,HAM-D,12,b"), start_on=NOW.date() - timedelta(days=7))


def test_a_failure_half_way_leaves_nothing(north: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "_assess", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        take_in(read(*GOOD))

    assert not Patient.objects.filter(external_id="1").exists()
    assert not Score.objects.exists()
    assert not AuditEvent.objects.filter(action=AuditAction.SERIES_IMPORTED).exists()


def test_interventions_follow_the_covariates(north: World) -> None:
    mapping = exchange.read_mapping(
        "[[intervention]]\nkind = 'medication'\nname = 'Drug'\namount = 225\nunit = 'mg'\nwhen = { arm = 'a' }\n"
        "[[intervention]]\nkind = 'other'\nname = 'Waiting'\nuntil_day = 7\n"
    ).with_instruments([HAM_D])
    take_in(read(*GOOD, "toy,2,14,2,HAM-D,12,b"), mapping)

    drug = Intervention.objects.get(name="Drug")
    assert drug.episode.patient.external_id == "1"
    assert drug.doses.get().label == "225 mg"
    waiting = Intervention.objects.filter(name="Waiting")
    assert {(one.stopped_on - one.started_on).days for one in waiting if one.stopped_on} == {7}
    assert not take_in(read(*GOOD), mapping).changes_anything


def test_the_named_clinician_joins_each_care_team_and_is_responsible(north: World) -> None:
    take_in(read(*GOOD), responsible=north.chris)

    members = CareTeamMembership.objects.filter(episode__patient__name__startswith="Toy")
    assert {(one.user_id, one.is_responsible) for one in members} == {(north.chris.pk, True)}
    assert members.count() == 2
    assert not take_in(read(*GOOD), responsible=north.chris).changes_anything


def test_old_news_pages_nobody_and_recent_news_does(north: World) -> None:
    falls = [10, 9, 10, 9, 10, 30, 32]
    rows = [f"toy,1,{7 * week},,HAM-D,{value},a" for week, value in enumerate(falls)]
    judged = exchange.Mapping(
        instruments={"HAM-D": exchange.instrument_from_text("HAM-D:higher_is_worse:0:52:response_drop=0.5")}
    )

    take_in(read(HEADER, *rows), judged, start_on=date(2025, 11, 3))
    assert Signal.objects.exists()
    assert not Alert.objects.exists()

    take_in(read(HEADER, *(row.replace("toy,1", "toy,2") for row in rows)), judged)
    assert Alert.objects.exists()


def test_an_import_stays_in_its_clinic(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        take_in(read(*GOOD))

    with clinic_context(clinic_id=world.other_clinic.pk):
        assert not Score.objects.exists()
        assert take_in(read(*GOOD)).new_people == 2


# --- The command -----------------------------------------------------------------------------------------------------


def run(path: Path, *options: str) -> None:
    call_command("import_series", str(path), "--clinic", "Northgate Clinic", *options)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = tmp_path / "toy.csv"
    path.write_text("\n".join(GOOD), encoding="utf-8")
    return path


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


# --- Real data -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def riesby(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """Import the whole study once for the tests that only read it."""
    mapping = exchange.read_mapping((MAPPINGS / "riesby.toml").read_text(encoding="utf-8"))
    file = exchange.read_series((DATA / "riesby.csv").read_bytes(), mapping.instruments)
    with django_db_blocker.unblock(), transaction.atomic():
        clinic = factories.make_clinic("Imipramine Clinic")
        with clinic_context(clinic_id=clinic.pk):
            take_in(file, mapping)
        yield clinic
        transaction.set_rollback(True)


def test_riesby_comes_in_whole(riesby: Clinic) -> None:
    with clinic_context(clinic_id=riesby.pk):
        assert Patient.objects.count() == 66
        assert Patient.objects.get(external_id="101").name == "Riesby 101"
        assert Score.objects.count() == 375 + 250 + 250
        assert Assessment.objects.count() == 375


def test_the_imipramine_lane_starts_at_week_one_for_everybody(riesby: Clinic) -> None:
    with clinic_context(clinic_id=riesby.pk):
        lanes = Intervention.objects.filter(name="Imipramine").select_related("episode")

        assert len(lanes) == 66
        assert {(lane.started_on - lane.episode.started_on).days for lane in lanes} == {7}
        assert {lane.doses.get().label for lane in lanes} == {"225 mg/day"}


def test_no_response_is_declared_in_the_placebo_week(riesby: Clinic) -> None:
    with clinic_context(clinic_id=riesby.pk):
        good = [FindingKind.RESPONSE, FindingKind.REMISSION, FindingKind.IMPROVEMENT]
        found = Signal.objects.filter(kind__in=good).select_related("assessment", "episode")

        assert found
        assert min((one.assessment.as_of.date() - one.episode.started_on).days for one in found) > 7


def test_rebounds_after_a_response_are_found_and_plasma_levels_are_not_judged(riesby: Clinic) -> None:
    with clinic_context(clinic_id=riesby.pk):
        relapses = Signal.objects.filter(kind=FindingKind.RELAPSE)

        assert set(relapses.values_list("episode__patient__external_id", flat=True)) >= {"103", "327", "361"}
        assert set(Signal.objects.exclude(instrument="").values_list("instrument", flat=True)) == {"HAM-D"}


def test_the_trial_comes_in_with_its_arms(north: World) -> None:
    lines = (DATA / "antidepressant_dia.csv").read_text(encoding="utf-8").splitlines()
    few = [line for line in lines[1:] if line.split(",")[1] in {"1503", "1507", "1509"}]
    mapping = exchange.read_mapping((MAPPINGS / "antidepressant_dia.toml").read_text(encoding="utf-8"))
    take_in(exchange.read_series("\n".join([lines[0], *few]).encode(), mapping.instruments), mapping)

    arms = {line.split(",")[1]: line.split(",")[6] for line in few}
    names = {"DRUG": "Study drug", "PLACEBO": "Placebo"}
    given = Intervention.objects.values_list("episode__patient__external_id", "name")
    assert dict(given) == {subject: names[arm] for subject, arm in arms.items()}
