"""Whose turn it is among the questionnaires of a plan: by its rhythm, never before its recall window is over.

After a first sign of a relapse the next form is asked for early, because one form proves nothing. The person sees an
ordinary form. See docs/decisions/0181-the-second-form-comes-early.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Max, Q

from monitoring.engine import INSTRUMENTS, FindingKind
from monitoring.models import Assessment, CheckInSlot, MonitoringPlan, Score, Signal
from monitoring.plans import plans
from patients.models import Episode

# A sign, and the form after it.
FORMS_COMPARED = 2
# Where a sign was found that the next form confirms or does not: in the parts of a stored finding.
FIRST_SIGN = Q(kind=FindingKind.RELAPSE, parts__after="remission", parts__confirmed=False)


@dataclass(frozen=True, kw_only=True)
class EarlyForm:
    """A questionnaire that is asked for before its turn.

    Attributes:
        instrument: its code.
        sign_on: day of the form that showed the sign.
        from_on: no check-in that is due before this day asks for it.
        answered_on: day of the form that was asked for early; None while it is to come.
    """

    instrument: str
    sign_on: date
    from_on: date
    answered_on: date | None = None


def recall(code: str) -> timedelta:
    """Return how long a questionnaire asks back: so long after a form there is no other; none where it is not known."""
    spec = INSTRUMENTS.get(code)
    return timedelta(days=(spec.recall_days if spec else None) or 0)


def instruments_due(slot: CheckInSlot, plan: MonitoringPlan) -> list[str]:
    """Return the codes of the instruments that this week asks for, in the order of the plan.

    A turn that comes before the recall window is over is put off to the first week after it.
    """
    if not plan.instruments:
        return []
    last = _last_answered(slot.episode_id, plan.instruments, but=slot)
    signs = _first_signs(slot.episode_id)
    return [code for code in plan.instruments if _is_due(code, slot, plan, last.get(code), signs.get(code))]


def _is_due(code: str, slot: CheckInSlot, plan: MonitoringPlan, last: date | None, sign: date | None) -> bool:
    if last is None:
        return _is_turn(code, plan, slot.week_of)
    again = last + recall(code)
    if slot.due_on < again:
        return False
    is_put_off = any(
        _is_turn(code, plan, slot.week_of - back)
        for back in _weeks_back(slot, plan, last)
        if slot.due_on - back < again
    )
    return sign == last or is_put_off or _is_turn(code, plan, slot.week_of)


def _weeks_back(slot: CheckInSlot, plan: MonitoringPlan, last: date) -> Iterator[timedelta]:
    """Return the distances to the earlier check-ins that were due after the last form."""
    back = plan.cadence_weeks * plans.WEEK
    while slot.due_on - back > last:
        yield back
        back += plan.cadence_weeks * plans.WEEK


def _is_turn(code: str, plan: MonitoringPlan, week_of: date) -> bool:
    """Say whether the rhythm of the plan brings a questionnaire in a week."""
    week_number = (week_of - plans.monday_of(plans.first_day(plan))).days // 7
    return bool(week_number % plan.instruments[code] < plan.cadence_weeks)


def _last_answered(episode_id: UUID, codes: Collection[str], *, but: CheckInSlot) -> dict[str, date]:
    """Return the day of the newest form of each instrument, whoever brought it, without those of one week."""
    scores = Score.objects.filter(episode_id=episode_id, instrument__in=list(codes))
    newest = scores.exclude(check_in__slot=but).order_by().values("instrument").annotate(last=Max("about_on"))
    return dict(newest.values_list("instrument", "last"))


def _first_signs(episode_id: UUID) -> dict[str, date]:
    """Return the day of the form on which the newest assessment saw a first sign, by instrument."""
    newest = Assessment.objects.filter(episode_id=episode_id).order_by("-as_of").values("pk")[:1]
    signals = Signal.objects.filter(FIRST_SIGN, assessment__in=newest)
    return {code: date.fromisoformat(day) for code, day in signals.values_list("instrument", "parts__now_on")}


def early_forms(episode: Episode, forms: Mapping[str, Collection[date]]) -> list[EarlyForm]:
    """Return what is asked for early, or was with the newest form, for the team to see.

    Args:
        episode: whose.
        forms: instrument -> days on which it was answered.
    """
    signs = Signal.objects.filter(FIRST_SIGN, episode=episode)
    ever = {(code, date.fromisoformat(day)) for code, day in signs.values_list("instrument", "parts__now_on")}
    # Of most people nothing was ever found, and nothing more is asked.
    plan = plans.of_episode(episode) if ever else None
    if plan is None:
        return []
    standing = _first_signs(episode.pk)
    early = (_early_form(code, sorted(set(forms.get(code, ()))), plan, ever, standing) for code in plan.instruments)
    return [form for form in early if form is not None]


def _early_form(
    code: str,
    days: Sequence[date],
    plan: MonitoringPlan,
    ever: Collection[tuple[str, date]],
    standing: Mapping[str, date],
) -> EarlyForm | None:
    """Return the early form of one instrument: to come after the newest form, or the newest form itself."""
    if not days:
        return None
    if standing.get(code) == days[-1]:
        return EarlyForm(instrument=code, sign_on=days[-1], from_on=_first_due(plan, days[-1] + recall(code)))
    is_before_turn = days[-1] - days[-FORMS_COMPARED:][0] < plan.instruments[code] * plans.WEEK
    if len(days) < FORMS_COMPARED or (code, days[-2]) not in ever or not is_before_turn:
        return None
    return EarlyForm(instrument=code, sign_on=days[-2], from_on=days[-2] + recall(code), answered_on=days[-1])


def _first_due(plan: MonitoringPlan, day: date) -> date:
    """Return the first day from a day on, on which the plan asks; the day itself where it asks no more."""
    following = plans.due_days(plan, until=day + plan.cadence_weeks * plans.WEEK)
    return next((due for due in following if due >= day), day)
