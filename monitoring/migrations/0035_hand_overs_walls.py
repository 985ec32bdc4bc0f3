"""The two walls round the hand-overs and their letters."""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = ("monitoring_handover", "monitoring_handoverletter")
# Child table, its column, parent table: a row cannot point across clinics.
SAME_CLINIC = (
    ("monitoring_handover", "episode_id", "patients_episode"),
    ("monitoring_handoverletter", "hand_over_id", "monitoring_handover"),
)
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY one_clinic ON {table} USING (clinic_id = (SELECT tidemark_clinic()));
"""


def same_clinic(child: str, column: str, parent: str) -> str:
    """Return the constraint that keeps child and parent in one clinic."""
    name = f"{child}_{column}_same_clinic"
    return (
        f"ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY (clinic_id, {column}) "
        f"REFERENCES {parent} (clinic_id, id) DEFERRABLE INITIALLY DEFERRED;"
    )


class Migration(migrations.Migration):
    """Second wall between clinics."""

    dependencies: ClassVar = [("monitoring", "0034_hand_overs"), ("patients", "0002_two_walls")]
    operations: ClassVar = [
        *(migrations.RunSQL(WALL.format(table=table), migrations.RunSQL.noop) for table in TENANT_TABLES),
        *(migrations.RunSQL(same_clinic(*link), migrations.RunSQL.noop) for link in SAME_CLINIC),
    ]
