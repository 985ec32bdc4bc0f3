"""The rules of when: clocks of alerts, what is asked how often, and what a clinic counts."""

from monitoring.alerts.evidence import OLD_NEWS, REFRACTORY
from monitoring.alerts.pauses import LONGEST_DAYS
from monitoring.engine.before_after import INTERVAL
from monitoring.engine.records import Tier
from monitoring.engine.sources.rule_source import RuleSource
from monitoring.escalation.clocks import ABSOLUTE, ANSWER_DAYS, ANSWER_MINUTES, GRACE_DAYS, GRACE_MINUTES, QUIET_MINUTES
from monitoring.messages.reminders import REMIND_AFTER_DAYS
from monitoring.models.budgets import DEFAULT_BUDGET, LARGEST_BUDGET, LEAST_BUDGET
from monitoring.models.escalation import URGENT_MINUTES
from monitoring.outcomes.outcomes import CLEARLY_WORSE
from monitoring.outcomes.small_cells import SMALL
from monitoring.outcomes.thresholds import USUAL_RESPONSE
from monitoring.plans.cadences import BAD_DAYS, ENOUGH_ANSWERED, LEAST_WEEKS, LOOK_BACK, LOWER_WEEKS
from monitoring.plans.forms import INSTRUMENT_WEEKS
from monitoring.plans.medicines import ASKED_AFTER_START, ASKED_AFTER_STOP, PLANNED_WITHIN, TURN_WEEKS
from monitoring.plans.plans import LATE_WINDOW, LONGEST_PAUSE
from monitoring.rulebook.rows import RuleGroup, row
from patients.clinics.hours import READ_WITHIN_WORKING_DAYS

TODAY = "Judgement, 30 November 2026: "


def judged(why: str) -> RuleSource:
    """Return a judgement of the day on which this table was first written."""
    return RuleSource(TODAY + why)


ALERTS = RuleGroup(
    title="Clocks of alerts",
    words="In the clinic's staffed time. A tier is an order of work and never a level of risk.",
    rows=[
        row(
            "Urgent",
            f"{ANSWER_MINUTES} staffed minutes, and before the clinic closes that day",
            tier=str(Tier.URGENT),
            source=judged(
                "well inside the 12 hours of an expert consensus (Nock 2021, doi 10.1176/appi.prcp.20200029)"
            ),
        ),
        row(
            "Priority",
            f"end of working day {ANSWER_DAYS[Tier.PRIORITY]} after it",
            tier=str(Tier.PRIORITY),
            source=judged("should be looked at tomorrow, and not while somebody else waits for an urgent answer"),
        ),
        row(
            "Review",
            f"end of working day {ANSWER_DAYS[Tier.REVIEW]} after it",
            tier=str(Tier.REVIEW),
            source=judged("a lasting change of weeks can wait for a day with time for it"),
        ),
        row(
            "An urgent alert that nobody takes",
            "second responder, lead, everyone after {}, {} and {} staffed minutes; then everyone each staffed day".format(
                *URGENT_MINUTES
            ),
            tier=str(Tier.URGENT),
            source=judged(
                "a clinic may choose other minutes; what was read of telephone follow-up left two thirds unanswered"
            ),
        ),
        row(
            "Nobody has tried to reach somebody after a safety answer",
            f"everyone is told after {ABSOLUTE.total_seconds() / 3600:.0f} hours, out of hours too, and it is counted",
            tier=str(Tier.URGENT),
            source=RuleSource(
                "Nock et al. (2021), doi 10.1176/appi.prcp.20200029: imminent risk is answered within 12 hours of learning of it"
            ),
        ),
        row(
            "Somebody took an urgent alert and says nothing",
            f"asked after {QUIET_MINUTES} staffed minutes; {GRACE_MINUTES} later nobody has it",
            tier=str(Tier.URGENT),
            source=judged("to take an alert is no answer"),
        ),
        row(
            "Somebody took another alert and says nothing",
            f"asked after 2 working days (priority) or 5 (review), twice as long once work began; {GRACE_DAYS} later nobody has it",
            source=judged("what is forgotten comes back to the others"),
        ),
        row(
            "An alert is left alone",
            f"{LONGEST_DAYS} days at most, with a reason; never a safety answer, nor mood while safety is in question",
            source=judged("four weeks hold four check-ins; what is to rest for longer belongs into a review"),
        ),
        row("Watch, info", "no clock; watch colours the caseload", source=judged("too unsure to page anybody")),
        row(
            "A closed alert comes back",
            f"after it had cleared, or when it goes on after {REFRACTORY.days // 7} weeks",
            source=judged("what was dealt with is not told again each week"),
        ),
        row(
            "Old news",
            f"findings about days more than {OLD_NEWS.days} days ago page nobody",
            source=judged("nobody is paged for what was weeks ago"),
        ),
        row(
            "False alerts that a clinic chooses",
            f"{DEFAULT_BUDGET:g} a year for each stable person; {LEAST_BUDGET:g} to {LARGEST_BUDGET:g}",
            source=RuleSource(
                "Simulated, manage.py evaluate_engine: at 0.5 a year 79 % of clear falls are found within 8 weeks"
            ),
        ),
        row(
            "Check-ins are read",
            f"by the end of working day {READ_WITHIN_WORKING_DAYS} after them; said on the start page",
            source=RuleSource(
                "Nock et al. (2021), doi 10.1176/appi.prcp.20200029: answers are read at least on every weekday, and people are "
                "told who reads them; two days are our promise"
            ),
        ),
    ],
)
PLANS = RuleGroup(
    title="What is asked, and how often",
    words="No form is asked more often than the time it asks about.",
    rows=[
        row(
            "Questionnaires of a plan",
            f"every {INSTRUMENT_WEEKS} weeks, unless agreed otherwise",
            source=judged("two weeks asked about, and two weeks of rest from forms"),
        ),
        row(
            "A form is asked again early",
            "with the first check-in due after the time it asks about (PHQ-9 and GAD-7 14 days), once",
            needs="a first sign, not confirmed, of getting worse again after the remission range",
            source=judged("one form proves nothing, and four weeks are long to wait for the second"),
        ),
        row(
            "Fewer check-ins are offered",
            f"every {LOWER_WEEKS} weeks, to who answered less than {ENOUGH_ANSWERED:.0%} of {LOOK_BACK.days // 7} weeks or gave "
            f"{BAD_DAYS} bad-day forms running",
            needs=f"{LEAST_WEEKS} weeks",
            source=judged("somebody whom every week weighs on is asked less, and decides it"),
        ),
        row(
            "A reminder",
            f"{REMIND_AFTER_DAYS} days after the check-in was due",
            source=judged("late enough to have forgotten it, early enough to be about this week"),
        ),
        row(
            "A missed week may be entered",
            f"for {LATE_WINDOW.days} days; the ratings alone",
            source=judged("nobody remembers more"),
        ),
        row(
            "Symptoms after a stop are asked",
            f"each week for {ASKED_AFTER_STOP.days // 7} weeks, and from {PLANNED_WITHIN.days // 7} weeks before a planned stop; "
            f"every {TURN_WEEKS} weeks while a medicine with known withdrawal is taken",
            source=judged("what is usual has to be known before a stop"),
        ),
        row(
            "Thoughts of self-harm are on the list of side effects",
            f"for {ASKED_AFTER_START.days // 7} weeks after a start or a change of dose",
            needs="numbers to call, staffed hours, two people who answer; no form with such a question that week",
            source=RuleSource(
                "FDA (2 May 2007), boxed warning of antidepressants: the first one to two months, and after changes of dose"
            ),
        ),
        row(
            "A pause ends by itself",
            f"after {LONGEST_PAUSE.days // 7} weeks",
            source=judged("nobody is forgotten in a pause"),
        ),
    ],
)
OUTCOMES = RuleGroup(
    title="Before and after, and what a clinic counts",
    words="Outcomes count; they page nobody. Reliable change is the declared one of each form, IAPT's for PHQ-9 and GAD-7.",
    rows=[
        row(
            "Before and after a change",
            f"interval of {INTERVAL:.0%}",
            source=judged("as the band around the level; it says how sure a difference is, never why"),
        ),
        row(
            "Response, where a form names no share",
            f"{USUAL_RESPONSE:.0%} of the start",
            source=RuleSource("Coley et al. (2020), doi 10.1176/appi.ps.201900295: 50 % below the start"),
        ),
        row(
            "Clearly worse without any response",
            f"{CLEARLY_WORSE:.0%} above the start, and the reliable change where one is declared",
            source=judged("a fifth alone may be noise, so that the reliable change has to be reached too"),
        ),
        row(
            "Small groups are hidden",
            f"fewer than {SMALL} people",
            source=RuleSource(
                "Hundepool et al. (2012), Statistical Disclosure Control, 4:2: small cells and a second one beside them "
                "are hidden; five is our judgement of 30 November 2026"
            ),
        ),
    ],
)
