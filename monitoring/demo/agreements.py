"""What the demo patient and her team have agreed, and the safety plan she wrote, through the ordinary use cases."""

from datetime import datetime, timedelta

from monitoring.demo.happenings import working_day
from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews
from patients.models import Episode, User
from patients.rights import safety_plans

WEEK = timedelta(days=7)
WROTE_PLAN, AGREED, DID_IT, PREPARED = 10 * WEEK, 6 * WEEK, 5 * WEEK, timedelta(days=2)
NEXT_REVIEW = timedelta(days=6)
TOPICS = ("Sleep since the dose went up", "medicines", "work_and_family")
SAFETY_PLAN = {
    "warning_signs": "I stop answering messages.\nI lie awake and go over everything I did wrong.",
    "own_steps": "Walk to the canal and back.\nA shower, then the radio, not the phone.",
    "people_and_places": "The library on Saturdays.\nMy sister's kitchen.",
    "people_to_ask": "Leila, my sister: 07700 900461\nTom from next door, any time: 07700 900882",
    "professionals": "Samaritans: 116 123",
    "safer_place": "Leila keeps the tablets that I do not need this week.",
    "reasons": "My girls. Seeing the sea again in May.",
}


def agree(*, episode: Episode, patient: User, clinician: User, at: datetime) -> None:
    """Write the safety plan, agree on three things of which one is done, and prepare the next review."""
    safety_plans.save_safety_plan(patient=episode.patient, words=SAFETY_PLAN, by=patient, at=at - WROTE_PLAN)
    day = working_day((at + NEXT_REVIEW).date())
    review_at = at + (day - at.date())
    walk = reviews.agree(
        episode=episode,
        text="Walk 30 minutes, three days a week",
        owner=ActionOwner.PATIENT,
        by=clinician,
        at=at - AGREED,
    )
    reviews.agree(
        episode=episode,
        text="Ask work about later starts",
        owner=ActionOwner.PATIENT,
        due_on=day,
        by=clinician,
        at=at - AGREED,
    )
    reviews.agree(
        episode=episode,
        text="Three sleep plan sessions with Dr Bello",
        owner=ActionOwner.TEAM,
        due_on=day + 4 * WEEK,
        by=clinician,
        at=at - AGREED,
    )
    reviews.finish(action=walk, by=patient, at=at - DID_IT)
    reviews.plan(episode=episode, planned_at=review_at, by=clinician, at=at - AGREED)
    reviews.prepare(episode=episode, topics=TOPICS, by=patient, at=at - PREPARED)
