"""The page that leads through the setting up of a clinic."""

from datetime import date

from django.core import mail
from django.utils import timezone

from monitoring.escalation import policies
from patients.clinics import days_off
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.patients.views.inviting import signed_in

URL = "/clinic/set-up/"


def test_what_is_missing_is_counted_and_leads_to_where_it_is_done(world: World) -> None:
    page = signed_in(world.sam).get(URL).content.decode()

    assert "3 steps are missing" in page
    assert 'href="/clinic/days-off/"' in page
    assert 'href="/clinic/responders/"' in page


def test_a_clinic_that_has_everything_is_told_so(world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        lead = factories.make_user("lea@north.example", name="Lea", roles=(Role.COORDINATOR,))
        policies.change(
            second=world.cora, lead=lead, on_call=None, urgent_minutes=[60, 240, 480], number=0, by=world.sam, at=now
        )
        days_off.keep_holidays(
            clinic=world.clinic,
            country="",
            region="",
            closed=[],
            until=date(now.year + 1, 12, 31),
            by=world.sam,
            at=now,
        )

    client = signed_in(world.sam)
    assert "1 step is missing" in client.get(URL).content.decode()
    client.post(f"{URL}test/")
    assert "Everything is there." in client.get(URL).content.decode()


def test_the_test_names_each_person_and_what_the_mail_server_said(world: World) -> None:
    page = signed_in(world.sam).post(f"{URL}test/").content.decode()

    assert page.count("The mail server took the message.") == 3
    assert "Last held on" in page
    assert len(mail.outbox) == 3


def test_only_the_admin_sets_up(world: World) -> None:
    for who in (world.ann, world.chris, world.cora, world.eve):
        assert signed_in(who).get(URL).status_code == 404
        assert signed_in(who).post(f"{URL}test/").status_code == 404
