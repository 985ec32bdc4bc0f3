"""A review can be missed. What was planned and not marked as held waits for a word, as before for its day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0023_other_symptom"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="missed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveConstraint(model_name="review", name="monitoring_review_one_coming"),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(("held_at__isnull", True), ("missed_at__isnull", True)),
                fields=("clinic", "episode"),
                name="monitoring_review_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_at__isnull", True), ("missed_at__isnull", True), _connector="OR"),
                name="monitoring_review_held_or_missed",
            ),
        ),
    ]
