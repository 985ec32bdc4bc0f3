"""The page on which staff say when they are away."""

from datetime import timedelta

from django.utils import timezone

from patients.people import absences
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.views.inviting import signed_in

URL = "/clinic/away/"


def test_days_away_are_entered_shown_and_removed(world: World) -> None:
    day = timezone.now().date() + timedelta(days=3)
    client = signed_in(world.chris)
    sent = {"user": world.chris.pk, "first": day, "last": day, "stand_in": world.cora.pk}

    page = client.post(URL, sent, follow=True).content.decode()
    assert "stands in" in page

    with clinic_context(clinic_id=world.clinic.pk):
        absence = absences.planned(today=timezone.now().date()).get()
    page = client.post(f"{URL}{absence.pk}/end/", follow=True).content.decode()
    assert "Nobody is away." in page


def test_a_day_that_is_over_and_oneself_as_stand_in_are_refused(world: World) -> None:
    client = signed_in(world.chris)
    over = {"user": world.chris.pk, "first": "2020-01-01", "last": "2020-01-02", "stand_in": ""}
    day = timezone.now().date()
    oneself = {"user": world.chris.pk, "first": day, "last": day, "stand_in": world.chris.pk}
    backwards = {"user": world.chris.pk, "first": day, "last": day - timedelta(days=1), "stand_in": ""}

    for sent in (over, oneself, backwards):
        assert client.post(URL, sent).status_code == 422


def test_an_absence_of_another_clinic_is_not_found(world: World) -> None:
    day = timezone.now().date()
    with clinic_context(clinic_id=world.other_clinic.pk):
        theirs = absences.plan(
            user=world.eve, first=day, last=day, stand_in=None, by=world.eve, today=day, at=timezone.now()
        )

    assert signed_in(world.chris).post(f"{URL}{theirs.pk}/end/").status_code == 404
    assert signed_in(world.ann).get(URL).status_code == 404
