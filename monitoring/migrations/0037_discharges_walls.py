"""The two walls round what is kept about the end of care."""

from typing import ClassVar

from django.db import migrations

WALL = """
ALTER TABLE monitoring_discharge ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitoring_discharge FORCE ROW LEVEL SECURITY;
CREATE POLICY one_clinic ON monitoring_discharge USING (clinic_id = (SELECT tidemark_clinic()));
ALTER TABLE monitoring_discharge ADD CONSTRAINT monitoring_discharge_episode_id_same_clinic
  FOREIGN KEY (clinic_id, episode_id) REFERENCES patients_episode (clinic_id, id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    """Second wall between clinics."""

    dependencies: ClassVar = [("monitoring", "0036_discharges"), ("patients", "0002_two_walls")]
    operations: ClassVar = [migrations.RunSQL(WALL, migrations.RunSQL.noop)]
