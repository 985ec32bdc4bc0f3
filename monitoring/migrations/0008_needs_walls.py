"""Row-level security and composite keys for the stored need of an episode."""

from typing import ClassVar

from django.db import migrations

# Child table, its column, parent table: a row cannot point across clinics.
SAME_CLINIC = (
    ("monitoring_need", "episode_id", "patients_episode"),
    ("monitoring_need", "assessment_id", "monitoring_assessment"),
)
WALL = (
    "ALTER TABLE monitoring_need ENABLE ROW LEVEL SECURITY; ALTER TABLE monitoring_need FORCE ROW LEVEL SECURITY; "
    "CREATE POLICY one_clinic ON monitoring_need USING (clinic_id = (SELECT tidemark_clinic()));"
)


def same_clinic(child: str, column: str, parent: str) -> str:
    """Return the constraint that keeps child and parent in one clinic."""
    name = f"{child}_{column}_same_clinic"
    return (
        f"ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY (clinic_id, {column}) "
        f"REFERENCES {parent} (clinic_id, id) DEFERRABLE INITIALLY DEFERRED;"
    )


class Migration(migrations.Migration):
    """The walls round the new table. Its rows come with the next sweep (monitoring.needs.mend)."""

    dependencies: ClassVar = [("monitoring", "0007_needs")]
    operations: ClassVar = [
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
        *(migrations.RunSQL(same_clinic(*link), migrations.RunSQL.noop) for link in SAME_CLINIC),
    ]
