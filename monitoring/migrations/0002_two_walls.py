"""Row-level security, composite keys and append-only rules for the tables of monitoring."""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = (
    "monitoring_monitoringplan",
    "monitoring_checkinslot",
    "monitoring_checkindraft",
    "monitoring_checkin",
    "monitoring_clinicinstrument",
    "monitoring_score",
    "monitoring_sighting",
    "monitoring_assessment",
    "monitoring_signal",
    "monitoring_alert",
    "monitoring_alertevent",
    "monitoring_notification",
)
# Child table, its column, parent table: a row cannot point across clinics.
SAME_CLINIC = (
    ("monitoring_monitoringplan", "episode_id", "patients_episode"),
    ("monitoring_checkinslot", "episode_id", "patients_episode"),
    ("monitoring_checkindraft", "slot_id", "monitoring_checkinslot"),
    ("monitoring_checkin", "episode_id", "patients_episode"),
    ("monitoring_checkin", "slot_id", "monitoring_checkinslot"),
    ("monitoring_score", "episode_id", "patients_episode"),
    ("monitoring_score", "check_in_id", "monitoring_checkin"),
    ("monitoring_sighting", "episode_id", "patients_episode"),
    ("monitoring_assessment", "episode_id", "patients_episode"),
    ("monitoring_signal", "assessment_id", "monitoring_assessment"),
    ("monitoring_signal", "episode_id", "patients_episode"),
    ("monitoring_alert", "episode_id", "patients_episode"),
    ("monitoring_alert", "signal_id", "monitoring_signal"),
    ("monitoring_alert", "check_in_id", "monitoring_checkin"),
    ("monitoring_alertevent", "alert_id", "monitoring_alert"),
    ("monitoring_alertevent", "signal_id", "monitoring_signal"),
    ("monitoring_notification", "alert_id", "monitoring_alert"),
)
APPEND_ONLY = ("monitoring_alertevent",)

# The last word on alert states: whatever the code does, a closed alert is only ever reopened.
STATES = """
CREATE FUNCTION tidemark_alert_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state, NEW.state) IN (
    ('new', 'acknowledged'), ('new', 'in_progress'), ('new', 'closed'),
    ('acknowledged', 'in_progress'), ('acknowledged', 'closed'),
    ('in_progress', 'closed'), ('closed', 'new')
  ) THEN
    RETURN NEW;
  END IF;
  RAISE check_violation USING MESSAGE = format('an alert does not go from %s to %s', OLD.state, NEW.state);
END $$;
CREATE TRIGGER alert_step BEFORE UPDATE OF state ON monitoring_alert
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tidemark_alert_step();
"""


def wall(table: str) -> str:
    """Return the statements that show a table's rows to one clinic only."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
        f"CREATE POLICY one_clinic ON {table} USING (clinic_id = (SELECT tidemark_clinic()));"
    )


def same_clinic(child: str, column: str, parent: str) -> str:
    """Return the constraint that keeps child and parent in one clinic."""
    name = f"{child}_{column}_same_clinic"
    return (
        f"ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY (clinic_id, {column}) "
        f"REFERENCES {parent} (clinic_id, id) DEFERRABLE INITIALLY DEFERRED;"
    )


def append_only(table: str) -> str:
    """Return the statements that let a table grow but never change."""
    return (
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION tidemark_refuse_change(); REVOKE UPDATE, DELETE ON {table} FROM tidemark_app;"
    )


class Migration(migrations.Migration):
    """Second wall between clinics."""

    dependencies: ClassVar = [("monitoring", "0001_initial"), ("patients", "0002_two_walls")]
    operations: ClassVar = [
        *(migrations.RunSQL(wall(table), migrations.RunSQL.noop) for table in TENANT_TABLES),
        *(migrations.RunSQL(same_clinic(*link), migrations.RunSQL.noop) for link in SAME_CLINIC),
        *(migrations.RunSQL(append_only(table), migrations.RunSQL.noop) for table in APPEND_ONLY),
        migrations.RunSQL(STATES, migrations.RunSQL.noop),
    ]
