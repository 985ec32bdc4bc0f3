"""Chart, table, sentence, caseload, nightly comparison and engine count the same answers, whatever happened to a week."""

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from monitoring import engine
from monitoring.assessments import assessments, nightly
from monitoring.attention import usual_ranges
from monitoring.check_ins import check_ins, contents, weeks
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import persons, tables
from monitoring.course.courses import View
from monitoring.course.pictures import Course
from monitoring.engine import DEFAULT, Domain
from monitoring.models import CheckIn, CheckInSlot
from monitoring.plans import plans
from monitoring.take_home.own_course import own_course
from monitoring.words import wording
from monitoring.words.formats import day_words
from monitoring.worklists import caseload_rows
from monitoring.worklists.caseload_rows import Listed
from patients.models import Episode
from patients.rights.own_record import StoredTable
from tests import factories
from tests.conftest import World
from tests.factories import WEEK

BERLIN, LOS_ANGELES, KIRITIMATI = "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"
WEEKS = 14
# Through both nights in which Berlin's clocks change, one of them within the weeks.
STARTS = (date(2026, 1, 12), date(2026, 8, 3))
KINDS = ("full", "full", "short", "blank", "corrected", "corrected later", "missed", "late", "at both ends")


def give(world: World, slot: CheckInSlot, chance: random.Random, *, at: datetime, kind: str = "full") -> CheckIn:
    """Send one check-in; a blank one is a note alone."""
    is_short = kind == "short"
    asked = contents.domains_asked(is_short=is_short)
    ratings = {domain: chance.choice((None, *range(11))) for domain in asked}
    answers = CheckInAnswers(
        ratings=dict.fromkeys(asked) if kind == "blank" else ratings, is_short=is_short, note="so so"
    )
    return check_ins.submit(
        episode=slot.episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=world.ann, at=at
    ).check_in


def live(world: World, seed: int, zone: str) -> tuple[Episode, datetime]:
    """Let somebody answer for some weeks as people do; return the moment after the last answer."""
    chance = random.Random(seed)
    episode = factories.make_episode(factories.make_patient("Some Body", time_zone=zone), team=(world.chris,))
    first = STARTS[seed % 2]
    plans.start(episode=episode, weekday=1, local_time=time(6), starts_on=first, by=None,
                at=datetime.combine(first, time(), tzinfo=UTC) - WEEK)  # fmt: skip
    owed_late, now = None, datetime.combine(first, time(), tzinfo=UTC)
    for number in range(WEEKS):
        opens_at = plans.local_instant(first + WEEK * number, time(6), zone)
        plans.open_due_slots(at=opens_at)
        plans.mark_missed(at=opens_at)
        slot = CheckInSlot.objects.get(episode=episode, opens_at=opens_at)
        kind = "full" if number == WEEKS - 1 else chance.choice(KINDS)
        if kind == "late" or kind == "missed":
            owed_late = slot if kind == "late" else None
            continue
        after = chance.choice((10, 600, 9000)) if number < WEEKS - 1 else 30
        now = slot.closes_at - timedelta(minutes=5) if kind == "at both ends" else opens_at + timedelta(minutes=after)
        if owed_late is not None and weeks.is_open(owed_late, at=now):
            give(world, owed_late, chance, at=now - timedelta(minutes=2))
        owed_late = None
        sent = give(world, slot, chance, at=now, kind=kind)
        if kind.startswith("corrected"):
            now = min(now + timedelta(days=2 if kind == "corrected later" else 0, minutes=3),
                      slot.closes_at - timedelta(minutes=1))  # fmt: skip
            answers = CheckInAnswers(ratings={domain: chance.choice((None, *range(11))) for domain in Domain}, note="x")
            check_ins.submit(episode=episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, corrects=sent.pk,
                             by=world.ann, at=now)  # fmt: skip
    return episode, now + timedelta(minutes=5)


def move(episode: Episode, zone: str, world: World, *, at: datetime) -> Episode:
    plan = plans.of_episode(episode)
    assert plan is not None
    plans.change_rhythm(plan=plan, time_zone=zone, by=world.chris, at=at)
    return Episode.objects.select_related("patient").get(pk=episode.pk)


def own_rows(episode: Episode) -> list[StoredTable]:
    rows = [row | {"own_item_wording": None} for row in CheckIn.versions.filter(episode=episode).values()]
    return [
        StoredTable(name=name, title=name, columns={}, rows=found, choices={})
        for name, found in (("check_ins", rows), ("scores", []))
    ]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("zones", [(BERLIN, BERLIN), (BERLIN, LOS_ANGELES), (KIRITIMATI, LOS_ANGELES), (LOS_ANGELES, KIRITIMATI)],
                         ids=["at home", "west", "far west", "east"])  # fmt: skip
def test_every_page_and_every_verdict_is_about_the_same_answers(
    north: World, seed: int, zones: tuple[str, str]
) -> None:
    episode, now = live(north, seed, zones[0])
    if zones[0] != zones[1]:
        episode = move(episode, zones[1], north, at=now)
    newest = CheckIn.objects.filter(episode=episode).order_by("submitted_at").last()
    assert newest is not None

    history = factories.load_history(episode, as_of=now)
    used = engine.counted([(row.about_on, row.entered_at) for row in history.check_ins])
    records = [history.check_ins[place] for place in used]
    given = {
        domain: [(row.about_on, value) for row in records if (value := row.ratings[domain]) is not None]
        for domain in Domain
    }

    assert records[-1].entered_at == newest.submitted_at
    assert history.as_of >= newest.about_on
    course = persons.load_person(episode, View(window="all"), at=now).course
    drawn = {panel.key: panel for panel in course.panels}
    assert {domain: [(a.on, a.value) for a in drawn[domain.value].answers] for domain in Domain} == given
    assert {domain: [point.on for point in drawn[domain.value].levels] for domain in Domain} == {
        domain: [day for day, _value in given[domain]] for domain in Domain
    }
    assert in_table(course) == {
        (day_words(day), place, str(value))
        for place, domain in enumerate(Domain, start=1)
        for day, value in given[domain]
    }
    assert kept_at_home(episode) == {(day, value, domain) for domain in Domain for day, value in given[domain]}
    stands = usual_ranges.load([episode.pk])[episode.pk].ratings(history.as_of)
    assert {domain: stands[domain].last_on for domain in Domain} == {
        domain: given[domain][-1][0] if given[domain] else None for domain in Domain
    }
    assert_nightly_agrees(episode, records)
    assert_caseload_agrees(north, episode, records, now)


def in_table(course: Course) -> set[tuple[str, int, str]]:
    """Return day, column and value of every number in the table of the ratings."""
    [table, *_others] = tables.course_tables(course)
    return {
        (row[0].value, place, cell.value)
        for row in table.rows
        for place, cell in enumerate(row)
        if place and cell.value
    }


def kept_at_home(episode: Episode) -> set[tuple[date, float, Domain]]:
    course = own_course(own_rows(episode))
    assert course is not None
    by_name = {str(wording.DOMAIN_NAMES[domain]): domain for domain in Domain}
    return {(day, value, by_name[one.name]) for one in course.series for day, value in one.by_day.items()}


def assert_nightly_agrees(episode: Episode, records: list[engine.CheckInRecord]) -> None:
    people = nightly.read(nightly.Chunk(episode.pk, episode.pk, 1), rules=DEFAULT)
    count = people.counts[0]
    rated = [row for row in records if any(value is not None for value in row.ratings.values())]
    days = [nightly.DAY_ZERO + timedelta(days=int(day)) for day in people.days[0, :count]]
    assert days == [row.about_on for row in rated]
    assert [int(late) for late in people.late_days[0, :count]] == [
        (row.entered_at.date() - row.about_on).days for row in rated
    ]
    for place, domain in enumerate(Domain):
        values = [None if row.ratings[domain] is None else float(row.ratings[domain] or 0) for row in rated]
        shown = [10 - v if domain.direction is engine.Direction.HIGHER_IS_BETTER else v
                 for v in people.worse[0, :count, place]]  # fmt: skip
        assert [None if value != value else value for value in shown] == values


def assert_caseload_agrees(world: World, episode: Episode, records: list[engine.CheckInRecord], now: datetime) -> None:
    """The caseload draws one place a week; each answer that counts of these weeks stands in its place."""
    listed = Listed(episode_id=episode.pk, state_rank=0, has_changed=False, assessment_id=None)
    [row] = caseload_rows.load([listed], world.chris, now)
    last = caseload_rows.SPARK_WEEKS
    week_of = {
        row.submitted_at: row.slot.week_of for row in CheckIn.objects.filter(episode=episode).select_related("slot")
    }
    newest = max(week_of.values())
    by_week = {week_of[record.entered_at]: record for record in records}
    for domain, (_name, spark) in zip(Domain, row.sparks, strict=True):
        places = [by_week.get(newest - WEEK * (last - 1 - place)) for place in range(last)]
        assert list(spark.values) == [record.ratings[domain] if record else None for record in places]


def test_a_correction_is_no_check_in_that_an_assessment_overlooked(planned: World) -> None:
    """A corrected check-in is two versions: for two days the sweep took the second for one it had not seen."""
    now = factories.NOW
    sent = factories.make_check_in(planned.episode, by=planned.ann).check_in
    check_ins.submit(episode=planned.episode, slot_id=sent.slot_id, client_key=uuid4(),
                     answers=CheckInAnswers(ratings=dict.fromkeys(Domain, 4)), corrects=sent.pk,
                     by=planned.ann, at=now + timedelta(minutes=1))  # fmt: skip
    assessments.assess_episode(episode_id=planned.episode.pk, at=now + timedelta(minutes=2))

    assert assessments.mark_overlooked(at=now + timedelta(minutes=3)) == 0
