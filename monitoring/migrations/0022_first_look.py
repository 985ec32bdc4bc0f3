"""Beside the newest look of each person the first one since the newest check-in. Unknown for looks from before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0021_what_a_form_asks"),
    ]

    operations = [
        migrations.AddField(
            model_name="sighting",
            name="first_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
