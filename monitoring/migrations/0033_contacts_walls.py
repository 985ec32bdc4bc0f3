"""The two walls round the tries to reach people; their history can only grow."""

from typing import ClassVar

from django.db import migrations

WALL = """
ALTER TABLE monitoring_contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitoring_contact FORCE ROW LEVEL SECURITY;
CREATE POLICY one_clinic ON monitoring_contact USING (clinic_id = (SELECT tidemark_clinic()));
ALTER TABLE monitoring_contact ADD CONSTRAINT monitoring_contact_episode_id_same_clinic
  FOREIGN KEY (clinic_id, episode_id) REFERENCES patients_episode (clinic_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON monitoring_contact
  FOR EACH ROW EXECUTE FUNCTION tidemark_refuse_change();
REVOKE UPDATE, DELETE ON monitoring_contact FROM tidemark_app;
"""


class Migration(migrations.Migration):
    """Second wall between clinics."""

    dependencies: ClassVar = [("monitoring", "0032_contacts"), ("patients", "0002_two_walls")]
    operations: ClassVar = [
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
