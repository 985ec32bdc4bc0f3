"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from patients.access.permissions import visible_episodes
from patients.accounts import claims, invitations, namesakes, proposals
from patients.models.people import Role
from tests.scenes import Scene, paper_patient


def proposal(scene: Scene) -> Any:
    return proposals.waiting(at=timezone.now()).get(pk=scene.furnished.north.proposal_id)


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    invitations.invite: lambda _: {"email": "new@north.example", "name": "New", "role": Role.CLINICIAN},
    invitations.invite_patient: lambda s: {"patient": paper_patient(s), "email": "pat@north.example"},
    invitations.renew: lambda s: {"invitation": invitations.open_invitations().get(pk=s.furnished.north.invitation_id)},
    invitations.make_code: lambda s: {
        "invitation": invitations.open_invitations().get(pk=s.furnished.north.invitation_id)
    },
    invitations.revoke: lambda s: {
        "invitation": invitations.open_invitations().get(pk=s.furnished.north.invitation_id)
    },
    invitations.give_role: lambda s: {"invitation": proposal(s), "user": s.world.cora},
    claims.undo: lambda s: {"patient": s.world.episode.patient},
    namesakes.warning: lambda s: {
        "name": s.world.episode.patient.name,
        "birth_date": None,
        "seen": visible_episodes(user=s.world.chris, roles=frozenset({Role.CLINICIAN})),
    },
    proposals.confirm: lambda s: {"invitation": proposal(s)},
    proposals.refuse: lambda s: {"invitation": proposal(s)},
}
