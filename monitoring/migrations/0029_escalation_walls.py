"""Row-level security and composite keys for policies, steps and expected levels."""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = (
    "monitoring_responsepolicy",
    "monitoring_escalationstep",
    "monitoring_expectedlevel",
)
# Child table, its column, parent table: a row cannot point across clinics.
SAME_CLINIC = (
    ("monitoring_alert", "policy_id", "monitoring_responsepolicy"),
    ("monitoring_escalationstep", "alert_id", "monitoring_alert"),
    ("monitoring_escalationstep", "policy_id", "monitoring_responsepolicy"),
    ("monitoring_expectedlevel", "episode_id", "patients_episode"),
)
APPEND_ONLY = (
    "monitoring_responsepolicy",
    "monitoring_escalationstep",
)


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
    """The walls round the new tables."""

    dependencies: ClassVar = [("monitoring", "0028_escalation")]
    operations: ClassVar = [
        *(migrations.RunSQL(wall(table), migrations.RunSQL.noop) for table in TENANT_TABLES),
        *(migrations.RunSQL(same_clinic(*link), migrations.RunSQL.noop) for link in SAME_CLINIC),
        *(migrations.RunSQL(append_only(table), migrations.RunSQL.noop) for table in APPEND_ONLY),
    ]
