"""When each question of a form was answered is kept with its draft. Drafts from before have none: any answer is newer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0025_body_warning"),
    ]

    operations = [
        migrations.AddField(
            model_name="checkindraft",
            name="answered_at",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
