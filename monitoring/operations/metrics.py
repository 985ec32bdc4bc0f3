"""The numbers of /healthz as Prometheus reads them. No label holds a clinic, a person, an address or a host.

Nothing is counted in a web process: there are several, and each would tell another number. All is read when asked.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client import exposition as written
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from monitoring.operations import health

CONTENT_TYPE = written.CONTENT_TYPE_PLAIN_0_0_4
# Fact of /healthz -> its name as Prometheus writes names, what it means, and by what its number is multiplied.
NAMES: dict[str, tuple[str, str, float]] = {
    "sweep_age_s": ("sweep_age_seconds", "Since the last sweep that ended well", 1),
    "oldest_unassessed_s": ("oldest_unassessed_seconds", "Since when the oldest assessment is due", 1),
    "unassessed": ("assessments_waiting", "Assessments that the last sweep left undone", 1),
    "not_assessable": ("assessments_failing", "People who could not be assessed again and again", 1),
    "outdated_assessments": ("assessments_outdated", "Episodes that another engine or rule set assessed last", 1),
    "panel_remaining": ("comparison_remaining", "Episodes that the nightly comparison has not reached", 1),
    "mail_queued": ("mail_queued", "Messages about alerts that wait to be sent", 1),
    "mail_oldest_queued_s": ("mail_oldest_queued_seconds", "Since when the oldest message about an alert waits", 1),
    "mail_refused": ("mail_refused", "Messages about alerts that are refused again and again", 1),
    "alerts_nobody_sees": ("alerts_nobody_sees", "Open alerts that nobody may see", 1),
    "alerts_without_next_step": ("alerts_without_next_step", "Open alerts without a next step or a stated reason", 1),
    "oldest_due_escalation_s": ("oldest_due_escalation_seconds", "Since when the oldest step of an alert is due", 1),
    "zones_read_differently": ("zones_read_differently", "Time zones that the database reads otherwise", 1),
    "backup_age_h": ("backup_age_seconds", "Since the last backup that was reported", 3600),
    "clock_skew_s": ("clock_skew_seconds", "Between the clocks of web and database", 1),
    "disk_free_percent": ("disk_free_ratio", "Free share of the fullest disk", 0.01),
}
PROCESS = "_process_age_s"


class _KnownNumbers(Collector):
    """What is known at one moment."""

    def __init__(self, found: health.Health) -> None:
        self.found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return each number that is known; what is not known is left out, so that no zero stands for it."""
        yield _gauge("up", "Whether the database answers", 1)
        yield _gauge("ok", "Whether nobody has to look", float(self.found.is_well))
        ages = GaugeMetricFamily("tidemark_process_age_seconds", "Since a process showed life", labels=["process"])
        for fact, value in self.found.facts.items():
            if value is None:
                continue
            if fact.endswith(PROCESS):
                ages.add_metric([fact.removesuffix(PROCESS)], value)
            else:
                name, meaning, factor = NAMES[fact]
                yield _gauge(name, meaning, value * factor)
        yield ages


class _DatabaseAway(Collector):
    """All that can be said without the database."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return that it is away."""
        yield _gauge("up", "Whether the database answers", 0)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tidemark_{name}", meaning, value=value)


def exposition(*, at: datetime) -> bytes:
    """Return the numbers in Prometheus' text format.

    Raises:
        DatabaseError: the database is away.
    """
    return _written(_KnownNumbers(health.look(at=at)))


def exposition_without_database() -> bytes:
    """Return the one number that is known while the database is away."""
    return _written(_DatabaseAway())


def _written(collector: Collector) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return written.generate_latest(registry)
