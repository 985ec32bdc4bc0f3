import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows that are there count as long silent until the next sweeps have worked them out (monitoring.needs.mend)."""

    dependencies = [
        ("monitoring", "0012_rating_at_its_worst_end"),
    ]

    operations = [
        migrations.AddField(
            model_name="need",
            name="silent_at",
            field=models.DateTimeField(
                blank=True, db_default=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), null=True
            ),
        ),
        migrations.AlterField(
            model_name="need",
            name="silent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
