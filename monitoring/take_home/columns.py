"""What is measured about a patient, column by column with its meaning, and all that is kept: measured or not.

It is what a patient takes home; the other half is in patients.rights.own_record, the files in monitoring.take_home.files.
"""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models import (
    AgreedAction,
    CheckIn,
    CheckInDraft,
    CheckInSlot,
    Contact,
    Discharge,
    MedicineReport,
    MonitoringPlan,
    OwnItem,
    Review,
    Score,
    Sighting,
)
from patients.models import Patient
from patients.rights import own_record
from patients.rights.own_record import IF_VOID, OF_CARE, RECORDED_BY, ROW_ID, Source, StoredTable, Text

_HIGHER = _("0 to 10, higher is better; empty: skipped")
KNOWN_BY: Mapping[type[models.Model], str] = {
    **own_record.KNOWN_BY,
    OwnItem: "wording",
    CheckIn: "about_on",
    CheckInSlot: "week_of",
}
LEFT_OUT: Mapping[str, Text] = {
    "Alert": _("The team's list of tasks: working notes of the clinic. You can ask the clinic for them."),
    "AlertEvent": _("The steps of those tasks. You can ask the clinic for them."),
    "Assessment": _("Computed again from your answers every time. You can ask the clinic for the results."),
    "Signal": _("What the computation found in your answers. You can ask the clinic for the results."),
    "Need": _("The order of the team's list, computed from the rest."),
    "MessageChoice": _("What a person of the team wants to be sent; it says nothing about you."),
    "PushBrowser": _("The browsers in which the team is told; they say nothing about you."),
    "EscalationStep": _("Whom the clinic told when nobody answered in time. You can ask the clinic for it."),
    "ExpectedLevel": _("What your team noted to expect of a rating. You can ask the clinic for it."),
    "ResponsePolicy": _("Who in the clinic is told when nobody answers; it says nothing about you."),
    "Absence": _("When somebody of the clinic is away; it says nothing about you."),
    "Notification": _("That a message to the team went out; it says nothing about you."),
    "CheckInLink": _("Keys of links in messages to you: stored so that nobody can read them, not even us."),
    "HandOver": _(
        "Requests among the team about who is responsible, with working notes. You can ask the clinic for them."
    ),
    "HandOverLetter": _("That a message about such a request went out; it says nothing about you."),
    **own_record.LEFT_OUT,
}

SOURCES: tuple[Source, ...] = (
    Source(
        name="plan",
        title=_("When I am asked"),
        model=MonitoringPlan,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "weekday": _("Day of the week, Monday is 1"),
            "local_time": _("Time of day, on the clock where I live"),
            "time_zone": _("Time zone"),
            "cadence_weeks": _("Weeks from one check-in to the next"),
            "instruments": _("Questionnaires, and after how many weeks each is asked again"),
            "starts_on": _("First day"),
            "ends_on": _("Last day; empty: no end"),
            "paused_at": _("Paused since; empty: not paused"),
            "paused_until": _("Paused until"),
            "pause_reason": _("Why it is paused"),
            "remind_by": _("How I am reminded; empty: not at all"),
        },
        internal=frozenset(
            {
                "id",
                "next_slot_at",
                "assessment_due_at",
                "due_cause",
                "assessed_at",
                "assessed_with",
                "failed_assessments",
            }
        ),
    ),
    Source(
        name="own_questions",
        title=_("My own questions"),
        model=OwnItem,
        path="episode__patient",
        columns={
            "id": ROW_ID,
            "episode": OF_CARE,
            "wording": _("The question"),
            "low": _("Meaning of 0"),
            "high": _("Meaning of 10"),
            "higher_is_better": _("Whether higher is better"),
            "from_on": _("Asked from this day on"),
            "until_on": _("Until this day; empty: still asked"),
        },
    ),
    Source(
        name="weeks",
        title=_("Weeks in which I was asked"),
        model=CheckInSlot,
        path="episode__patient",
        columns={
            "id": ROW_ID,
            "episode": OF_CARE,
            "week_of": _("Monday of the week"),
            "due_on": _("Day of the check-in"),
            "opens_at": _("Open from"),
            "closes_at": _("Open until"),
            "answered_at": _("When I answered; empty: not answered"),
            "missed_at": _("When the week ended without an answer"),
            "reminders_sent": _("How many messages about it went out"),
        },
        internal=frozenset({"remind_at"}),
        order=("week_of", "pk"),
    ),
    Source(
        name="check_ins",
        title=_("My check-ins"),
        model=CheckIn,
        path="episode__patient",
        columns={
            "id": ROW_ID,
            "episode": OF_CARE,
            "slot": _("Number of the week it answers"),
            "about_on": _("Day it is about"),
            "submitted_at": _("When I sent it"),
            "is_late": _("Whether it was entered late"),
            "is_short": _("Whether it was the short check-in"),
            "sleep": _HIGHER,
            "mood": _HIGHER,
            "energy": _HIGHER,
            "pain": _("0 to 10, lower is better; empty: skipped"),
            "function": _HIGHER,
            "own_item": _("Number of my own question"),
            "own_rating": _("Answer to my own question, 0 to 10; empty: skipped"),
            "answers": _("Answers to questionnaires, by their numbers; -1: does not apply"),
            "side_effects": _("Side effects, with how strong and how often I said they were"),
            "other_symptom": _("A side effect that was not on the list, in my words"),
            "note": _("My note"),
            "note_is_shared": _("Whether the team may read the note"),
            "contact_wish": _("What I would like to happen"),
            "language": _("Language in which I was asked; empty: not noted"),
            "corrects": _("Number of the check-in that this one corrects"),
            "superseded_at": _("When I corrected it; empty: it counts"),
            "mode": _("How my answers came"),
            "interviewer": _("Who asked me by phone, or typed my paper; empty: nobody"),
        },
        internal=frozenset({"client_key", "body_digest"}),
        order=("about_on", "submitted_at"),
    ),
    Source(
        name="medicine_reports",
        title=_("How I took my medicines"),
        model=MedicineReport,
        path="check_in__episode__patient",
        columns={
            "check_in": _("Number of the check-in"),
            "intervention": _("Number of the medicine"),
            "taken": _("How I took it that week"),
            "reason": _("Why not all of it was taken"),
        },
        internal=frozenset({"id"}),
    ),
    Source(
        name="scores",
        title=_("Scores of questionnaires and measures"),
        model=Score,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "check_in": _("Number of the check-in; empty: a measure from elsewhere"),
            "instrument": _("Questionnaire or measure"),
            "instrument_version": _("Its version"),
            "about_on": _("Day it is about"),
            "entered_at": _("When it was entered"),
            "value": _("Score in the questionnaire's own direction; empty: too few answers"),
            "answered_items": _("How many questions were answered"),
            "is_prorated": _("Whether missing answers were filled in from the others"),
            "language": _("Language in which I was asked; empty: not noted"),
            "superseded_at": _("When it was corrected; empty: it counts"),
        },
        internal=frozenset({"id"}),
        order=("about_on", "pk"),
    ),
    Source(
        name="drafts",
        title=_("A check-in that I have started"),
        model=CheckInDraft,
        path="slot__episode__patient",
        columns={
            "slot": _("Number of the week"),
            "is_short": _("Whether it is the short check-in"),
            "answers": _("What I have answered so far"),
            "answered_at": _("When I answered each question, in seconds since 1970"),
            "interviewer": _("Who asked me by phone, or typed my paper; empty: nobody"),
            "updated_at": _("When I last changed it"),
        },
        internal=frozenset({"id", "client_key", "asked"}),
    ),
    Source(
        name="reviews",
        title=_("Reviews"),
        model=Review,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "planned_at": _("Planned for"),
            "planned_by": _("Who planned it"),
            "held_at": _("When it was held"),
            "missed_at": _("When it was noted that it did not take place"),
            "topics": _("What I wanted to talk about"),
            "prepared_at": _("When I chose that"),
        },
        internal=frozenset({"id"}),
        order=("planned_at",),
    ),
    Source(
        name="agreed",
        title=_("What was agreed"),
        model=AgreedAction,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "text": _("What was agreed"),
            "owner": _("Who does it"),
            "due_on": _("By when"),
            "agreed_at": _("When it was agreed"),
            "agreed_by": RECORDED_BY,
            "done_at": _("When it was done; empty: open"),
            **IF_VOID,
        },
        internal=frozenset({"id"}),
    ),
    Source(
        name="contacts",
        title=_("When the clinic tried to reach me"),
        model=Contact,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "made_at": _("When"),
            "made_by": _("Who"),
            "outcome": _("What came of it"),
            "note": _("Note of the team"),
        },
        internal=frozenset({"id"}),
        order=("made_at",),
    ),
    Source(
        name="discharges",
        title=_("How my care ended"),
        model=Discharge,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "takes_over": _("Who looks after me from then on"),
            "summary": _("Summary of the team"),
            "keeps_account": _("Whether I can still sign in"),
            "made_at": _("When it was written"),
            "made_by": RECORDED_BY,
        },
        internal=frozenset({"id"}),
    ),
    Source(
        name="seen_by",
        title=_("Who looked last, and when"),
        model=Sighting,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "user": _("Who"),
            "seen_at": _("When this person looked last"),
            "first_since": _("When this person first looked at my last check-in"),
        },
        internal=frozenset({"id"}),
    ),
)


def load(patient: Patient) -> list[StoredTable]:
    """Return everything that is kept about a patient; tables without a row are among them, empty."""
    sources = [*own_record.SOURCES, *SOURCES]
    tables = [own_record.table(source, patient, known_by=KNOWN_BY) for source in sources]
    return [*tables, own_record.account(patient), own_record.who_looked(patient)]
