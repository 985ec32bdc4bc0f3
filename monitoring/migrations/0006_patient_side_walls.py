"""Row-level security and composite keys for the tables of the patient's side."""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = (
    "monitoring_checkinlink",
    "monitoring_ownitem",
    "monitoring_medicinereport",
    "monitoring_review",
    "monitoring_agreedaction",
)
# Child table, its column, parent table: a row cannot point across clinics.
SAME_CLINIC = (
    ("monitoring_checkinlink", "slot_id", "monitoring_checkinslot"),
    ("monitoring_ownitem", "episode_id", "patients_episode"),
    ("monitoring_medicinereport", "check_in_id", "monitoring_checkin"),
    ("monitoring_medicinereport", "intervention_id", "patients_intervention"),
    ("monitoring_review", "episode_id", "patients_episode"),
    ("monitoring_agreedaction", "episode_id", "patients_episode"),
    ("monitoring_checkin", "own_item_id", "monitoring_ownitem"),
    ("monitoring_checkin", "corrects_id", "monitoring_checkin"),
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


class Migration(migrations.Migration):
    """The walls round the new tables."""

    dependencies: ClassVar = [("monitoring", "0005_patient_side")]
    operations: ClassVar = [
        *(migrations.RunSQL(wall(table), migrations.RunSQL.noop) for table in TENANT_TABLES),
        *(migrations.RunSQL(same_clinic(*link), migrations.RunSQL.noop) for link in SAME_CLINIC),
    ]
