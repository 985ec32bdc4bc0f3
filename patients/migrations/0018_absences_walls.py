"""Row-level security for the days on which somebody is away."""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = ("patients_absence",)


def wall(table: str) -> str:
    """Return the statements that show a table's rows to one clinic only."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
        f"CREATE POLICY one_clinic ON {table} USING (clinic_id = (SELECT tidemark_clinic()));"
    )


class Migration(migrations.Migration):
    """The wall round absences."""

    dependencies: ClassVar = [("patients", "0017_absences")]
    operations: ClassVar = [
        *(migrations.RunSQL(wall(table), migrations.RunSQL.noop) for table in TENANT_TABLES),
    ]
