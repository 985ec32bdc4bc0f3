from django.db import migrations, models

DIRECTIONS = [
    ("higher_is_better", "higher_is_better"),
    ("higher_is_worse", "higher_is_worse"),
    ("neutral", "neutral"),
]


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0008_needs_walls")]

    operations = [
        migrations.AlterField(
            model_name="clinicinstrument",
            name="direction",
            field=models.CharField(choices=DIRECTIONS, max_length=20),
        ),
        migrations.AlterField(
            model_name="signal",
            name="direction",
            field=models.CharField(blank=True, choices=DIRECTIONS, max_length=20),
        ),
    ]
