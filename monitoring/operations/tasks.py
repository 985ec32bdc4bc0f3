"""Celery: thin wrappers round the use cases, the sweep, and a nudge that never holds up a request.

The row says what is due; a message only makes it quick. Whatever a queue loses, the sweep finds within a minute.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from monitoring.alerts import cover
from monitoring.assessments import assessments, budgets, nightly
from monitoring.attention import needs
from monitoring.escalation import steps
from monitoring.messages import digests, hand_over_letters, notifications, reminders
from monitoring.operations import health, heartbeats
from monitoring.plans import plans
from monitoring.worklists.transfers import hand_overs
from patients import zones
from patients.models import Clinic
from patients.tenancy import clinic_transaction

logger = logging.getLogger(__name__)
# Messages waiting to be published. When the broker hangs the rest is dropped: the sweep finds the work.
MOST_WAITING = 500
# Two sweeps at once are harmless but useless. Any fixed number will do.
SWEEP_LOCK = 7_140_205
# A mail server that hangs takes ten seconds for each message. What is not sent after this time waits for the next
# sweep, so that mail never keeps anyone from being assessed.
MAIL_SECONDS = 20


@shared_task(name="monitoring.tasks.assess_episode")
def assess_episode(clinic_id: str, episode_id: str) -> None:
    """Assess one episode, then send what it raised."""
    assess(clinic_id=UUID(clinic_id), episode_id=UUID(episode_id), at=timezone.now())
    deliver_due(clinic_id=UUID(clinic_id), at=timezone.now())


@shared_task(name="monitoring.tasks.sweep")
def sweep() -> None:
    """Find everything that is due in every clinic: weeks, assessments, messages."""
    run_sweep(at=timezone.now())


@shared_task(name="monitoring.tasks.compare_all")
def compare_all() -> None:
    """Hand out the nightly comparison of all episodes, clinic by clinic, chunk by chunk."""
    for clinic_id, chunk in plan_comparison():
        compare_chunk.delay(str(clinic_id), str(chunk.first), str(chunk.last), chunk.episodes)


@shared_task(name="monitoring.tasks.compare_chunk")
def compare_chunk(clinic_id: str, first_id: str, last_id: str, episodes: int) -> None:
    """Compare one stretch of a clinic's episodes with their assessments."""
    chunk = nightly.Chunk(UUID(first_id), UUID(last_id), episodes)
    compare(clinic_id=UUID(clinic_id), chunk=chunk, at=timezone.now())


@shared_task(name="monitoring.tasks.measure_all")
def measure_all() -> None:
    """Hand out the nightly measurement of every clinic's own past."""
    for clinic_id in plan_measurement():
        measure_clinic.delay(str(clinic_id))


@shared_task(name="monitoring.tasks.measure_clinic")
def measure_clinic(clinic_id: str) -> None:
    """Measure one clinic's own past and let its cut follow."""
    measure(clinic_id=UUID(clinic_id), at=timezone.now())


def plan_comparison() -> list[tuple[UUID, nightly.Chunk]]:
    """Return the stretches of all clinics' episodes, and note that their comparison begins."""
    pieces = []
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_transaction(clinic_id=clinic_id):
            pieces += [(clinic_id, chunk) for chunk in nightly.chunks()]
    heartbeats.start(heartbeats.PANEL, total=sum(chunk.episodes for _, chunk in pieces))
    return pieces


def compare(*, clinic_id: UUID, chunk: nightly.Chunk, at: datetime) -> int:
    """Compare one stretch in its clinic and note the progress; return how many episodes became due."""
    with clinic_transaction(clinic_id=clinic_id):
        due = nightly.sweep(chunk, rules=budgets.clinic_rules(), at=at)
    heartbeats.advance(heartbeats.PANEL, items=chunk.episodes)
    return due


def assess(*, clinic_id: UUID, episode_id: UUID, at: datetime) -> bool:
    """Assess one episode in its clinic; return whether there was anything to do."""
    with clinic_transaction(clinic_id=clinic_id):
        return assessments.assess_episode(episode_id=episode_id, at=at) is not None


def deliver_due(*, clinic_id: UUID, at: datetime, until: float | None = None) -> int:
    """Send the clinic's waiting messages; return how many went out.

    Args:
        clinic_id: whose messages.
        at: now.
        until: when to stop, on the monotonic clock in seconds; MAIL_SECONDS from now if not said.
    """
    until = time.monotonic() + MAIL_SECONDS if until is None else until
    with clinic_transaction(clinic_id=clinic_id):
        waiting, letters = notifications.due(at=at), hand_over_letters.due(at=at)
    done = 0
    for pk in waiting:
        if time.monotonic() > until:
            break
        done += notifications.deliver(clinic_id=clinic_id, notification_id=pk, at=at)
    for pk in letters:
        if time.monotonic() > until:
            break
        done += hand_over_letters.deliver(clinic_id=clinic_id, letter_id=pk, at=at)
    return done


def remind_due(*, clinic_id: UUID, at: datetime, until: float) -> int:
    """Send the clinic's patients what is owed about open check-ins; return how many messages went out.

    Args:
        clinic_id: whose patients.
        at: now.
        until: when to stop, on the monotonic clock in seconds.
    """
    with clinic_transaction(clinic_id=clinic_id):
        owed = reminders.due(at=at)
    done = 0
    for pk in owed:
        if time.monotonic() > until:
            break
        done += reminders.deliver(clinic_id=clinic_id, slot_id=pk, at=at)
    return done


def digest_due(*, clinic_id: UUID, at: datetime, until: float) -> int:
    """Send the clinic's team what is due of the digests on Mondays; return how many went out.

    Args:
        clinic_id: whose team.
        at: now.
        until: when to stop, on the monotonic clock in seconds.
    """
    with clinic_transaction(clinic_id=clinic_id):
        waiting = digests.due(at=at)
    done = 0
    for pk in waiting:
        if time.monotonic() > until:
            break
        done += digests.deliver(clinic_id=clinic_id, choice_id=pk, at=at)
    return done


def run_sweep(*, at: datetime, show_life: Callable[[], None] = lambda: None) -> int:
    """Do all that is due, clinic by clinic; one clinic that fails does not stop the others.

    Args:
        at: now.
        show_life: called when the sweep begins, and between the pieces of long work.

    Returns:
        How many pieces of work were done; 0 when another sweep is running.

    Raises:
        RuntimeError: at least one clinic failed; the others were done.
    """
    show_life()
    with _only_sweep() as is_only:
        # A frozen process holds the lock for as long as it is frozen: then two at once are the lesser evil.
        if not is_only and not heartbeats.has_checking_stopped(at=at):
            return 0
        with heartbeats.beat(heartbeats.SWEEP) as report:
            report.items = _sweep_clinics(at)
        health.tell_dead_man(at=timezone.now())
        _catch_up(at, show_life)
        return report.items


@contextmanager
def _only_sweep() -> Iterator[bool]:
    """Say whether no other sweep is running, and keep it so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK])
        is_only = bool(cursor.fetchone()[0])
    try:
        yield is_only
    finally:
        if is_only:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SWEEP_LOCK])


def _sweep_clinics(at: datetime) -> int:
    """Sweep every clinic, then send every clinic's messages: no one's alert waits for another clinic's mail."""
    clinics = list(Clinic.objects.values_list("pk", flat=True))
    done, failed = _in_each(clinics, lambda pk: sweep_clinic(clinic_id=pk, at=at))
    _note_reassessment(clinics)
    _note_unassessed(clinics, at)
    _note_unseen(clinics)
    _note_unwatched(clinics, at)
    _note_zones(clinics, at)
    until = time.monotonic() + MAIL_SECONDS
    sent, unsent = _in_each(clinics, lambda pk: deliver_due(clinic_id=pk, at=at, until=until))
    _note_refused(clinics)
    # Patients' messages and digests come last: an alert never waits for them.
    until = time.monotonic() + MAIL_SECONDS
    reminded, unreminded = _in_each(clinics, lambda pk: remind_due(clinic_id=pk, at=at, until=until))
    told, untold = _in_each(clinics, lambda pk: digest_due(clinic_id=pk, at=at, until=until))
    if failed or unsent or unreminded or untold:
        raise RuntimeError(f"the sweep failed in {len(failed | unsent | unreminded | untold)} clinics")
    return done + sent + reminded + told


def _catch_up(at: datetime, show_life: Callable[[], None]) -> None:
    """Do the nightly work that no night did, because a laptop slept or the broker was away.

    It may take minutes; after each piece it looks for what became due meanwhile, so that no one's alert waits for it.
    A failure here is logged and no more: it does not mean that people are not checked.
    """
    began = time.monotonic()
    try:
        for piece in _late_pieces(at):
            piece()
            show_life()
            with heartbeats.beat(heartbeats.SWEEP) as report:
                report.items = _sweep_clinics(at + timedelta(seconds=time.monotonic() - began))
    except Exception:
        logger.exception("nightly work failed")


def _late_pieces(at: datetime) -> Iterator[Callable[[], object]]:
    """Return the pieces of the nightly work, if it is late."""
    if heartbeats.is_late(heartbeats.PANEL, at=at):
        for clinic_id, chunk in plan_comparison():
            yield partial(compare, clinic_id=clinic_id, chunk=chunk, at=at)
    if heartbeats.is_late(heartbeats.MEASUREMENT, at=at):
        for clinic_id in plan_measurement():
            yield partial(measure, clinic_id=clinic_id, at=at)


def _note_reassessment(clinics: Sequence[UUID]) -> None:
    """Record how many episodes are on the present engine and rules, for /healthz and whoever asks."""
    present = total = 0
    for clinic_id in clinics:
        with clinic_transaction(clinic_id=clinic_id):
            progress = assessments.progress()
        present, total = present + progress.present, total + progress.total
    heartbeats.show_progress(heartbeats.REASSESSMENT, items=present, total=total)


def _note_unassessed(clinics: Sequence[UUID], at: datetime) -> None:
    """Record how many assessments this sweep left undone, since when the oldest is due, and how many cannot be done."""
    backlogs = []
    for clinic_id in clinics:
        with clinic_transaction(clinic_id=clinic_id):
            backlogs.append(assessments.backlog(at=at))
    since = min((backlog.since for backlog in backlogs if backlog.since is not None), default=None)
    heartbeats.show_trouble(heartbeats.WAITING, items=sum(backlog.waiting for backlog in backlogs), since=since)
    heartbeats.show_trouble(heartbeats.FAILING, items=sum(backlog.failing for backlog in backlogs))


def _note_unseen(clinics: Sequence[UUID]) -> None:
    """Record how many open alerts no one may see, for /healthz."""
    count, _failed = _in_each(clinics, _count_unseen)
    heartbeats.show_trouble(heartbeats.UNSEEN, items=count)


def _count_unseen(clinic_id: UUID) -> int:
    with clinic_transaction(clinic_id=clinic_id):
        return cover.unseen().count()


def _note_refused(clinics: Sequence[UUID]) -> None:
    """Record how many messages wait, how many are refused again and again, and since when.

    What is refused is told in the log, on staff's pages and by /healthz.
    """
    refusals, queues = [], []
    for clinic_id in clinics:
        with clinic_transaction(clinic_id=clinic_id):
            refusals.append(notifications.refused())
            queues.append(notifications.waiting())
    oldest = min((since for _count, since in queues if since is not None), default=None)
    heartbeats.show_trouble(heartbeats.QUEUED, items=sum(count for count, _since in queues), since=oldest)
    count, since = sum(count for count, _since in refusals), [since for _count, since in refusals if since is not None]
    heartbeats.show_trouble(heartbeats.MAIL, items=count, since=min(since, default=None))
    if count:
        logger.error("messages about alerts are refused", extra={"count": count})


def _note_unwatched(clinics: Sequence[UUID], at: datetime) -> None:
    """Record how many open alerts have neither a step ahead nor a stated reason: that is a fault, and must be seen."""
    count, late = 0, []
    for clinic_id in clinics:
        with clinic_transaction(clinic_id=clinic_id):
            count += steps.unwatched(at=at).count()
            late.append(steps.late_since(at=at))
    since = [moment for moment in late if moment is not None]
    heartbeats.show_trouble(heartbeats.UNWATCHED, items=count)
    heartbeats.show_trouble(heartbeats.ESCALATION, items=len(since), since=min(since, default=None))
    if count:
        logger.error("open alerts have no next step", extra={"count": count})


def _note_zones(clinics: Sequence[UUID], at: datetime) -> None:
    """Record how many zones the database reads otherwise than we do, for /healthz; their names go into the log."""
    used: set[str] = set()
    for clinic_id in clinics:
        with clinic_transaction(clinic_id=clinic_id):
            used |= plans.zones_in_use()
    differing = zones.differing(used, at=at)
    if differing and heartbeats.trouble(heartbeats.ZONES) != len(differing):
        logger.warning("the database has other rules of clocks", extra={"count": len(differing)})
    heartbeats.show_trouble(heartbeats.ZONES, items=len(differing))


def _in_each(clinics: Sequence[UUID], work: Callable[[UUID], int]) -> tuple[int, set[UUID]]:
    """Do the work in every clinic; return how much was done, and where it failed."""
    done, failed = 0, set()
    for clinic_id in clinics:
        try:
            done += work(clinic_id)
        except Exception:
            logger.exception("sweep of a clinic failed")
            failed.add(clinic_id)
    return done, failed


def sweep_clinic(*, clinic_id: UUID, at: datetime) -> int:
    """Open, mark and assess what is due in one clinic, each step in its own transaction.

    Each person is assessed as of the moment it happens: what is found late in a long sweep must not look older than
    someone's look at the page meanwhile.
    """
    began = time.monotonic()
    # First: nobody's clock waits for anybody's assessment.
    with clinic_transaction(clinic_id=clinic_id):
        stepped = steps.run(at=at)
    with clinic_transaction(clinic_id=clinic_id):
        done = (
            plans.end_pauses(at=at) + plans.open_due_slots(at=at) + plans.mark_missed(at=at) + plans.mark_changed(at=at)
        )
        assessments.mark_overlooked(at=at)
        assessments.mark_outdated(at=at)
    with clinic_transaction(clinic_id=clinic_id):
        due = assessments.due_episodes(at=at)
    for episode_id in due:
        now = at + timedelta(seconds=time.monotonic() - began)
        done += assess(clinic_id=clinic_id, episode_id=episode_id, at=now)
    with clinic_transaction(clinic_id=clinic_id):
        return stepped + done + hand_overs.lapse(at=at) + cover.keep(at=at) + needs.mend(at=at)


def plan_measurement() -> list[UUID]:
    """Return all clinics, and note that their measurement begins."""
    clinics = list(Clinic.objects.values_list("pk", flat=True))
    heartbeats.start(heartbeats.MEASUREMENT, total=len(clinics))
    return clinics


def measure(*, clinic_id: UUID, at: datetime) -> None:
    """Measure one clinic and note the progress."""
    with clinic_transaction(clinic_id=clinic_id):
        budgets.measure(at=at)
    heartbeats.advance(heartbeats.MEASUREMENT, items=1)


class _Publisher:
    """Hands messages to the broker from a thread of its own.

    A hung broker blocks its publisher for seconds, in the worst case for ever; that must never be a request.
    """

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[Task[..., Any], tuple[str, ...]]] = queue.Queue(maxsize=MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, task: "Task[..., Any]", args: tuple[str, ...]) -> None:
        """Queue a message, or drop it when too many wait."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # started late: a fork loses threads
                self._thread = threading.Thread(target=self._run, name="nudge", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait((task, args))
        except queue.Full:
            logger.warning("nudge dropped, the sweep will find the work")

    def _run(self) -> None:
        """Publish one by one, for ever."""
        while True:
            task, args = self._waiting.get()
            try:
                task.apply_async(args=args, retry=False)
            except Exception:  # noqa: BLE001  # any broker trouble: the sweep finds the work
                logger.warning("nudge not sent, the sweep will find the work")


_publisher = _Publisher()


def nudge_assessment(*, clinic_id: UUID, episode_id: UUID) -> None:
    """Ask a worker, after COMMIT and off the request's path, to assess an episode now."""
    args = (str(clinic_id), str(episode_id))
    if settings.NUDGE_ENABLED:
        transaction.on_commit(lambda: _publisher.put(assess_episode, args), robust=True)
