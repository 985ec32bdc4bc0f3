"""Let patients who have an account keep the language in which they have been asked so far.

Otherwise the browser would decide from now on, and a course that was begun in English would go on in other words
without anybody having chosen that (docs/safety.md#h12). Staff have no such course: their browser is asked.
"""

from django.db import migrations

# Row-level security binds the owner too, so each clinic's patients are read in its own context.
KEEP = """
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT id FROM patients_clinic LOOP
    PERFORM set_config('tidemark.clinic_id', one.id::text, true);
    UPDATE patients_user SET language = patients_patient.language
      FROM patients_patient WHERE patients_patient.user_id = patients_user.id AND patients_user.language = '';
  END LOOP;
  PERFORM set_config('tidemark.clinic_id', '', true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0008_languages")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
