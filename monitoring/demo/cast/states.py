"""A person for each state in which a page can be: nobody has answered, a pause, a form that was not sent, and so on."""

from datetime import date

from monitoring.demo.happenings import (
    ConsentWithdrawn,
    GivenTo,
    LeftUnsent,
    OpenedAgain,
    OwnQuestion,
    Paused,
    Requested,
    ReviewPlanned,
    ReviewSettled,
    sessions,
)
from monitoring.demo.stories import Account, Story, StoryExtras, Turn, change, start, stop
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish, DosesTaken, WhyMissed
from monitoring.models.plans import PauseReason
from patients.models.care import InterventionKind as Kind
from patients.models.rights import RequestKind

STATES = (
    # Signs in, in German: this week is open, the one before can still be entered late; a bad day; a late week.
    Story(
        key="jonas.weber",
        name="Jonas Weber",
        born_on=date(1991, 6, 18),
        problems="Depression",
        goal="Wieder mit Lotte ins Stadion gehen.",
        weeks=14,
        due_days_ago=2,
        level=(4.6, 4.4, 4.2, 1.8, 4.8),
        turns=(Turn(weeks_ago=9, shift=(0.8, 1.0, 0.8, 0, 1.0), over_weeks=5),),
        steps=(
            start(12, Kind.MEDICATION, "Sertralin", mg=50),
            start(11, Kind.PSYCHOTHERAPY, "Verhaltenstherapie", label="wöchentlich"),
        ),
        events={6: "Umzug nach Pankow"},
        silent=frozenset({0, 1}),
        skips=0.0,
        late={8: 9},
        extras={
            3: StoryExtras(
                note="Kaum aus dem Bett gekommen. Mehr geht heute nicht.", is_short=True, ratings=(3, 3, 3, 2, 3)
            ),
            2: StoryExtras(
                note="Zwei Mal vergessen, weil ich bei meinen Eltern war.",
                doses={"Sertralin": (DosesTaken.SOME_MISSED, WhyMissed.FORGOT)},
            ),
        },
        zone="Europe/Berlin",
        language="de",
        asked_weeks=12,
        happenings=(
            OwnQuestion(weeks_ago=12, wording="Wie gut kam ich aus dem Haus?", low="gar nicht", high="jeden Tag"),
            *sessions("Verhaltenstherapie", first=10, missed=frozenset({6})),
        ),
        comes_first=True,
    ),
    Story(
        key="elena.torres",
        name="Elena Torres",
        born_on=date(1986, 2, 25),
        problems="Anxiety",
        goal="Fly without a seat at the exit.",
        weeks=9,
        due_days_ago=4,
        level=(6.0, 5.6, 5.8, 1.2, 6.0),
        steps=(start(8, Kind.PSYCHOTHERAPY, "Exposure therapy", label="weekly, by video"),),
        silent=frozenset({0}),
        zone="America/Los_Angeles",
        happenings=(Paused(weeks_ago=0.9, reason=PauseReason.HOLIDAY, until_weeks_ago=-2),),
        comes_first=True,
    ),
    Story(
        key="robert.kim",
        name="Robert Kim",
        born_on=date(1961, 9, 7),
        problems="Long-term pain, depression",
        goal="Be there when my granddaughter plays.",
        weeks=12,
        due_days_ago=3,
        level=(5.0, 5.0, 4.6, 5.8, 4.6),
        silent=frozenset({0, 1}),
        happenings=(Paused(weeks_ago=2.2, reason=PauseReason.HOSPITAL),),
        team=("bello",),
        comes_first=True,
    ),
    Story(
        key="beatrice.hall",
        name="Beatrice Hall",
        born_on=date(1971, 12, 1),
        problems="Depression",
        weeks=10,
        due_days_ago=5,
        level=(5.4, 5.0, 5.0, 1.4, 5.4),
        silent=frozenset({0}),
        happenings=(
            ConsentWithdrawn(weeks_ago=0.8),
            Requested(
                weeks_ago=0.7,
                kind=RequestKind.ERASURE,
                text="Please delete what I wrote in the check-ins. I would rather talk.",
            ),
        ),
        comes_first=True,
    ),
    # Answered the safety question yesterday and did not send the form.
    Story(
        key="noah.brandt",
        name="Noah Brandt",
        born_on=date(1995, 10, 14),
        problems="Depression",
        goal="Finish the kitchen.",
        weeks=13,
        due_days_ago=1,
        level=(4.8, 4.2, 4.2, 1.6, 4.6),
        silent=frozenset({0}),
        happenings=(
            LeftUnsent(
                weeks_ago=1 / 7,
                answers={
                    "sleep": 3,
                    "mood": 2,
                    "energy": 3,
                    "pain": 2,
                    "function": 3,
                    "PHQ-9": {
                        "1": 2,
                        "2": 3,
                        "3": 2,
                        "4": 2,
                        "5": 1,
                        "6": 2,
                        "7": 2,
                        "8": 1,
                        "9": 1,
                        "difficulty": 2,
                    },
                },
            ),
        ),
        team=("bello",),
        comes_first=True,
    ),
    # Came yesterday, with an account, and has answered nothing yet.
    Story(
        key="chen.meiling",
        name="Chen Meiling 陈美玲",
        born_on=date(1993, 5, 20),
        problems="Anxiety",
        weeks=1,
        due_days_ago=1,
        level=(5, 5, 5, 1, 5),
        silent=frozenset({0}),
        comes_first=True,
    ),
    Story(
        key="ali.haidar",
        name="Ali Haidar علي حيدر",
        born_on=date(1984, 7, 30),
        problems="Depression",
        goal="أن أنام 6-7 ساعات",
        weeks=1,
        due_days_ago=1,
        level=(5, 5, 5, 1, 5),
        account=Account.INVITED,
        comes_first=True,
    ),
    Story(
        key="dorothy.marsh",
        name="Dorothy Marsh",
        born_on=date(1944, 1, 9),
        problems="Long-term pain",
        weeks=2,
        due_days_ago=1,
        level=(5, 5, 5, 5, 5),
        instruments={},
        account=Account.NONE,
        team=("bello",),
        comes_first=True,
    ),
    # Asked for a call a week ago, and nobody took it.
    Story(
        key="henry.walsh",
        name="Henry Walsh",
        born_on=date(1967, 3, 3),
        problems="Depression",
        goal="Go back to the allotment.",
        weeks=11,
        due_days_ago=1,
        level=(5.6, 5.2, 5.0, 2.0, 5.4),
        extras={1: StoryExtras(note="Could someone ring me about the tablets?", wish=ContactWish.CONTACT_ME)},
        steps=(start(10, Kind.MEDICATION, "Sertraline", mg=50),),
        is_left_alone=True,
        comes_first=True,
    ),
    # Silent for weeks; reached, closed, and opened again by the clinician. A review was missed.
    Story(
        key="olga.ivanova",
        name="Olga Ivanova",
        born_on=date(1979, 8, 22),
        problems="Depression, anxiety",
        goal="Answer letters within a week.",
        weeks=16,
        due_days_ago=3,
        level=(5.2, 4.8, 4.6, 1.8, 5.0),
        extras={
            4: StoryExtras(note="Can we talk about the dose?", wish=ContactWish.CONTACT_ME),
            0: StoryExtras(note="The new dose makes my hands shake.", wish=ContactWish.CAN_WAIT),
        },
        steps=(
            start(15, Kind.MEDICATION, "Citalopram", mg=20),
            stop(6, "Citalopram", "No response after nine weeks"),
            start(5.8, Kind.MEDICATION, "Sertraline", mg=50),
            change(2, "Sertraline", mg=100),
        ),
        happenings=(
            # Both on one day: the next round would take it.
            OpenedAgain(
                weeks_ago=0.2,
                kind=AlertKind.CONTACT_WISH,
                note="She rang the desk: the question about the dose is still open.",
            ),
            GivenTo(weeks_ago=0.2, kind=AlertKind.CONTACT_WISH, to="lindqvist", note="Please ring before Friday."),
            ReviewPlanned(weeks_ago=5, for_weeks_ago=1.6),
            ReviewSettled(weeks_ago=1.1, was_held=False),
        ),
        comes_first=True,
    ),
)
