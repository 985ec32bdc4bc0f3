"""What the team records about a review and what was agreed: a wrong entry is taken out with a reason."""

from django.test import Client
from django.urls import reverse

from monitoring.models import AgreedAction
from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews
from tests.conftest import World
from tests.factories import NOW


def test_an_action_agreed_in_error_is_struck_through_and_gone_from_the_patients_plan(
    north: World, client: Client
) -> None:
    action = reviews.agree(
        episode=north.episode, text="Walk ten kilometres", owner=ActionOwner.PATIENT, by=north.chris, at=NOW
    )
    client.force_login(north.chris)
    path = reverse("void_action", args=[north.episode.pk, action.pk])

    refused = client.post(path, {"reason": ""})
    page = client.post(path, {"reason": "Said by another patient"}, follow=True).content.decode()
    client.force_login(north.ann)
    own = client.get(reverse("my_plan")).content.decode()

    assert refused.status_code == 422
    assert "<s>Walk ten kilometres</s>" in page and "Said by another patient" in page
    assert "Walk ten kilometres" not in own
    assert AgreedAction.versions.get().voided_by == north.chris
    assert client.get(path).status_code == 404
