"""The two walls round the tables of the alert rules; their history can only grow."""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = ("monitoring_clinicbudget", "monitoring_budgetchange")
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY one_clinic ON {table} USING (clinic_id = (SELECT tidemark_clinic()));
"""
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON monitoring_budgetchange
  FOR EACH ROW EXECUTE FUNCTION tidemark_refuse_change();
REVOKE UPDATE, DELETE ON monitoring_budgetchange FROM tidemark_app;
"""


class Migration(migrations.Migration):
    """Second wall between clinics."""

    dependencies: ClassVar = [("monitoring", "0003_rules_and_causes"), ("patients", "0002_two_walls")]
    operations: ClassVar = [
        *(migrations.RunSQL(WALL.format(table=table), migrations.RunSQL.noop) for table in TENANT_TABLES),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
