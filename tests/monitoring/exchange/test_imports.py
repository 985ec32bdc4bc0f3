"""Series from elsewhere: a good file comes in once, a bad one names its lines and changes nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from monitoring import exchange
from monitoring.engine.records import FindingKind
from monitoring.exchange import FileRefused, imports
from monitoring.models import Alert, Assessment, ClinicInstrument, Score, Signal
from patients.models import AuditEvent, CareTeamMembership, Clinic, Episode, Intervention, Patient, User
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.monitoring.exchange.series import GOOD, HAM_D, HEADER, KNOWN, MAPPINGS, read

# One worker builds what these tests share.
pytestmark = pytest.mark.xdist_group("exchange")

NOW = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "data"
MAPPING = exchange.Mapping(instruments=KNOWN)


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
