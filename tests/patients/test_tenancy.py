"""Two walls between clinics: scoped managers in Python, row-level security in PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, models, transaction

from patients.care import life_events
from patients.models import AuditEvent, ClinicRole, Episode, LifeEvent, Patient
from patients.tenancy import ClinicOwned, NoClinicContext, clinic_context, clinic_transaction, uuid7
from tests.conftest import World, build_world
from tests.factories import NOW

TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, ClinicOwned)]
# Tables that hold nothing of a clinic's care: identity, sessions, the framework's own, and the watchman's.
GLOBAL_TABLES = {
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_cache",
    "django_content_type",
    "django_migrations",
    "django_session",
    "mfa_authenticator",
    "monitoring_heartbeat",
    "patients_clinic",
    "patients_user",
}


def rows(sql: str, *args: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        return cursor.fetchall()


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_manager_refuses_without_a_clinic(model: type[ClinicOwned]) -> None:
    with pytest.raises(NoClinicContext):
        model.objects.all()


def test_python_and_sql_both_see_one_clinic_only(world: World) -> None:
    with clinic_context(clinic_id=world.other_clinic.pk):
        assert [patient.name for patient in Patient.objects.all()] == ["Zoe Zimmer"]
        assert rows("SELECT name FROM patients_patient") == [("Zoe Zimmer",)]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("model", [Patient, Episode, AuditEvent, ClinicRole], ids=lambda model: model.__name__)
def test_the_database_raises_without_a_clinic_even_on_a_used_connection(model: type[models.Model]) -> None:
    with transaction.atomic():
        from_world = build_world()
    with clinic_transaction(clinic_id=from_world.clinic.pk):
        assert model._base_manager.count() > 0

    with pytest.raises(ProgrammingError, match="no clinic context"):
        rows(f"SELECT count(*) FROM {model._meta.db_table}")


def test_a_row_cannot_be_written_into_another_clinic(world: World) -> None:
    with (
        clinic_context(clinic_id=world.other_clinic.pk),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Patient.objects.create(clinic=world.clinic, name="Smuggled", created_at=NOW)


def test_a_row_cannot_point_at_another_clinics_row(world: World) -> None:
    with clinic_context(clinic_id=world.other_clinic.pk), transaction.atomic():
        LifeEvent.objects.create(episode_id=world.episode.pk, title="x", happened_on=NOW.date(), recorded_at=NOW)
        with pytest.raises(IntegrityError):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_another_clinics_row_cannot_be_changed_by_id(world: World) -> None:
    with clinic_context(clinic_id=world.other_clinic.pk):
        assert Episode.objects.filter(pk=world.episode.pk).update(goal="changed") == 0
        assert rows("UPDATE patients_episode SET goal = 'changed' WHERE id = %s RETURNING id", world.episode.pk) == []


def test_a_context_needs_a_transaction(db: None) -> None:
    connection.in_atomic_block, kept = False, connection.in_atomic_block
    try:
        with pytest.raises(NoClinicContext), clinic_context(clinic_id=None):
            pass
    finally:
        connection.in_atomic_block = kept


def test_a_context_ends_with_its_block_and_gives_back_the_outer_one(north: World) -> None:
    with clinic_context(clinic_id=north.other_clinic.pk):
        assert Patient.objects.get().name == "Zoe Zimmer"
    assert set(Patient.objects.values_list("name", flat=True)) == {"Ann Archer", "Ben Brook"}


def test_a_person_reads_the_own_roles_before_a_clinic_is_chosen_and_no_others(world: World) -> None:
    with clinic_context(clinic_id=None, user_id=world.chris.pk):
        assert [role.user_id for role in ClinicRole._base_manager.all()] == [world.chris.pk]


def test_the_application_role_is_neither_owner_nor_superuser(db: None) -> None:
    [(name, is_super, bypasses)] = rows(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert (name, is_super, bypasses) == ("tidemark_app", False, False)
    assert rows("SELECT tablename FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'") == []


def test_every_table_is_behind_the_wall_or_known_to_be_global(db: None) -> None:
    found = rows(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
               (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
        """
    )
    open_tables = {name for name, is_forced, policies in found if not (is_forced and policies == 1)}

    assert open_tables <= GLOBAL_TABLES, open_tables - GLOBAL_TABLES
    assert {model._meta.db_table for model in TENANT_MODELS} & open_tables == set()


def test_every_link_between_tenant_tables_stays_in_one_clinic(db: None) -> None:
    composite = set(
        rows(
            """
            SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2 AND a.attname <> 'clinic_id'
            """
        )
    )
    links = {
        (model._meta.db_table, field.column)
        for model in TENANT_MODELS
        for field in model._meta.concrete_fields
        if field.is_relation and issubclass(field.related_model, ClinicOwned)
    }

    assert links - composite == set()


def test_every_unique_rule_of_a_tenant_table_includes_the_clinic(db: None) -> None:
    found = rows(
        """
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, i.indisprimary,
               array_agg(a.attname::text)
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indisunique GROUP BY 1, 2, 3
        """
    )
    tenant = {model._meta.db_table for model in TENANT_MODELS}
    # A one-to-one link is unique through its own parent, which lies in one clinic by the rule above.
    one_to_one = {
        (model._meta.db_table, field.column)
        for model in TENANT_MODELS
        for field in model._meta.concrete_fields
        if field.one_to_one
    }
    leaking = [
        (table, index)
        for table, index, is_primary, columns in found
        if table in tenant
        and not is_primary
        and "clinic_id" not in columns
        and not (len(columns) == 1 and (table, columns[0]) in one_to_one)
    ]

    assert leaking == []


def test_the_audit_log_can_only_grow(north: World) -> None:
    life_events.add_life_event(episode=north.episode, title="Moved", happened_on=NOW.date(), by=north.chris, at=NOW)
    for sql in (
        "UPDATE patients_auditevent SET at = at + interval '1 day'",
        "DELETE FROM patients_auditevent",
        "TRUNCATE patients_auditevent",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows(sql)


def test_no_session_level_setting_is_used_anywhere() -> None:
    for path in Path("patients").rglob("*.py"):
        text = path.read_text()
        assert "set_config('tidemark" not in text or ", true)" in text
        assert "SET tidemark" not in text


def test_a_failed_statement_inside_a_context_reports_itself(world: World) -> None:
    with (
        pytest.raises(DatabaseError, match="nonsense"),
        transaction.atomic(),
        clinic_context(clinic_id=world.clinic.pk),
    ):
        rows("SELECT nonsense FROM patients_patient")


def test_times_move_forward_in_identifiers() -> None:
    made = [uuid7() for _ in range(50)]

    assert {value.version for value in made} == {7}
    assert (made[-1].int >> 80) - (made[0].int >> 80) < timedelta(seconds=5) / timedelta(milliseconds=1)
