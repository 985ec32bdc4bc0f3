"""The browsers in which somebody of the team is told, behind the wall of the clinic. Nobody has allowed one so far."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import patients.tenancy

WALL = (
    "ALTER TABLE monitoring_pushbrowser ENABLE ROW LEVEL SECURITY; "
    "ALTER TABLE monitoring_pushbrowser FORCE ROW LEVEL SECURITY; "
    "CREATE POLICY one_clinic ON monitoring_pushbrowser USING (clinic_id = (SELECT tidemark_clinic()));"
)


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0038_message_choices"),
        ("patients", "0019_mail_returned"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="channel",
            field=models.CharField(choices=[("email", "Email"), ("push", "Push")], default="email", max_length=10),
        ),
        migrations.CreateModel(
            name="PushBrowser",
            fields=[
                (
                    "id",
                    models.UUIDField(default=patients.tenancy.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("address", models.CharField(max_length=1000)),
                ("key", models.CharField(max_length=100)),
                ("secret", models.CharField(max_length=40)),
                ("added_at", models.DateTimeField()),
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
                    models.UniqueConstraint(fields=("clinic", "user", "address"), name="monitoring_push_browser_once"),
                ],
            },
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
