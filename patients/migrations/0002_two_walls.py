"""Row-level security, composite keys and append-only rules for the tables of patients.

Runs as the owner role. The application role `tidemark_app` must exist: it owns nothing, cannot bypass row
security, and gets only the rights granted here.
"""

from typing import ClassVar

from django.db import migrations

TENANT_TABLES = (
    "patients_patient",
    "patients_invitation",
    "patients_episode",
    "patients_careteammembership",
    "patients_intervention",
    "patients_interventiondose",
    "patients_lifeevent",
    "patients_consent",
)
# Child table, its column, parent table: a row cannot point across clinics.
SAME_CLINIC = (
    ("patients_invitation", "patient_id", "patients_patient"),
    ("patients_episode", "patient_id", "patients_patient"),
    ("patients_careteammembership", "episode_id", "patients_episode"),
    ("patients_intervention", "episode_id", "patients_episode"),
    ("patients_interventiondose", "intervention_id", "patients_intervention"),
    ("patients_lifeevent", "episode_id", "patients_episode"),
    ("patients_consent", "patient_id", "patients_patient"),
)
APPEND_ONLY = ("patients_consent", "patients_auditevent")

FUNCTIONS = """
CREATE FUNCTION tidemark_clinic() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE clinic text := current_setting('tidemark.clinic_id', true);
BEGIN
  IF clinic IS NULL OR clinic = '' THEN
    RAISE insufficient_privilege USING MESSAGE = 'no clinic context';
  END IF;
  RETURN clinic::uuid;
END $$;

CREATE FUNCTION tidemark_clinic_or_null() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('tidemark.clinic_id', true), '')::uuid
$$;

-- A person may read the own roles before a clinic is chosen; with neither person nor clinic nobody reads any.
CREATE FUNCTION tidemark_person_or_clinic() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE person text := current_setting('tidemark.user_id', true);
BEGIN
  IF (person IS NULL OR person = '') AND tidemark_clinic_or_null() IS NULL THEN
    RAISE insufficient_privilege USING MESSAGE = 'no clinic context';
  END IF;
  RETURN nullif(person, '')::uuid;
END $$;

CREATE FUNCTION tidemark_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE insufficient_privilege USING MESSAGE = format('%I is append-only', TG_TABLE_NAME);
END $$;
"""

GRANTS = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_app') THEN
    RAISE EXCEPTION 'the role tidemark_app is missing: create it before migrating (docs/operations.md)';
  END IF;
END $$;
GRANT USAGE ON SCHEMA public TO tidemark_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tidemark_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO tidemark_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tidemark_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO tidemark_app;
"""

ROLES_AND_AUDIT = """
ALTER TABLE patients_clinicrole ENABLE ROW LEVEL SECURITY;
ALTER TABLE patients_clinicrole FORCE ROW LEVEL SECURITY;
CREATE POLICY one_clinic ON patients_clinicrole
  USING (user_id = (SELECT tidemark_person_or_clinic()) OR clinic_id = (SELECT tidemark_clinic_or_null()))
  WITH CHECK (clinic_id = (SELECT tidemark_clinic()));
ALTER TABLE patients_auditevent ENABLE ROW LEVEL SECURITY;
ALTER TABLE patients_auditevent FORCE ROW LEVEL SECURITY;
CREATE POLICY one_clinic ON patients_auditevent USING (clinic_id = (SELECT tidemark_clinic()));
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

    dependencies: ClassVar = [("patients", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        *(migrations.RunSQL(wall(table), migrations.RunSQL.noop) for table in TENANT_TABLES),
        migrations.RunSQL(ROLES_AND_AUDIT, migrations.RunSQL.noop),
        *(migrations.RunSQL(same_clinic(*link), migrations.RunSQL.noop) for link in SAME_CLINIC),
        *(migrations.RunSQL(append_only(table), migrations.RunSQL.noop) for table in APPEND_ONLY),
    ]
