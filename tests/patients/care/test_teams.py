"""Who cares for an episode, who may join its team, and who can answer for it."""

from patients.care import teams
from patients.models import ClinicRole
from patients.models.care import Profession
from tests.conftest import World
from tests.factories import NOW


def test_only_a_clinician_who_is_not_on_the_team_may_join_it(north: World) -> None:
    assert list(teams.candidates(north.episode)) == [north.dana]

    teams.join_care_team(
        episode=north.episode,
        member=north.dana,
        profession=Profession.NURSE,
        is_responsible=False,
        by=north.chris,
        at=NOW,
    )

    assert list(teams.candidates(north.episode)) == []
    assert teams.care_team(north.episode) == [north.chris, north.dana]


def test_who_has_left_the_clinic_is_no_longer_on_a_team_and_answers_nothing(north: World) -> None:
    assert north.chris in teams.answerers(north.episode)

    ClinicRole.objects.filter(user=north.chris).update(ended_at=NOW)

    assert teams.care_team(north.episode) == []
    assert north.chris not in teams.answerers(north.episode)


def test_the_profession_is_the_title_of_the_role_whatever_its_case(north: World) -> None:
    ClinicRole.objects.filter(user=north.dana).update(title="NURSE")

    assert teams.profession_of(north.dana) == Profession.NURSE
    assert teams.profession_of(north.chris) == Profession.OTHER
