"""What a form asks is kept with its draft. Drafts from before have none: what they ask is decided anew, as it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0020_voids_and_mended"),
    ]

    operations = [
        migrations.AddField(
            model_name="checkindraft",
            name="asked",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
