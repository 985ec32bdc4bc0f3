"""Since when the mail provider reports that messages to an address come back. Unknown for all addresses so far."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0018_absences_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="mail_returned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
