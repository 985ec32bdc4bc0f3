import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """How a check-in came to us, and who asked or typed it; what is there came online."""

    dependencies = [
        ("monitoring", "0030_new_normal"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="checkin",
            name="mode",
            field=models.CharField(
                choices=[("web", "Online"), ("phone", "By phone"), ("paper", "On paper")],
                db_default="web",
                default="web",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="checkin",
            name="interviewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="checkindraft",
            name="interviewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="checkin",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode", "web"), ("interviewer__isnull", False), _connector="OR"),
                name="monitoring_check_in_mode_has_somebody",
            ),
        ),
    ]
