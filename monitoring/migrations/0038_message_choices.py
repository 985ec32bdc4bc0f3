"""What each person of the team wants to be sent, behind the wall of its clinic. Who has chosen nothing gets everything."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import patients.tenancy

WALL = (
    "ALTER TABLE monitoring_messagechoice ENABLE ROW LEVEL SECURITY; "
    "ALTER TABLE monitoring_messagechoice FORCE ROW LEVEL SECURITY; "
    "CREATE POLICY one_clinic ON monitoring_messagechoice USING (clinic_id = (SELECT tidemark_clinic()));"
)
NO_QUIET = Q(quiet_from__isnull=True, quiet_until__isnull=True)
WHOLE_QUIET = Q(quiet_from__isnull=False, quiet_until__isnull=False)


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0037_discharges_walls"),
        ("patients", "0019_mail_returned"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("sent", "Sent"),
                    ("dropped", "Dropped"),
                    ("kept", "Kept"),
                    ("returned", "Returned"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="MessageChoice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=patients.tenancy.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("wants_priority", models.BooleanField(db_default=True, default=True)),
                ("wants_review", models.BooleanField(db_default=True, default=True)),
                ("digest", models.BooleanField(db_default=True, default=True)),
                ("digest_due_at", models.DateTimeField(blank=True, null=True)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "user"), name="monitoring_message_choice_once"),
                    models.CheckConstraint(
                        condition=NO_QUIET | WHOLE_QUIET, name="monitoring_message_choice_whole_quiet"
                    ),
                ],
            },
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
