"""What is kept of a claim code. Invitations that are open have none yet: their care team makes one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

MAKER = models.CheckConstraint(
    condition=Q(code_hash="", code_made_at__isnull=True, code_made_by__isnull=True)
    | (~Q(code_hash="") & Q(code_made_at__isnull=False, code_made_by__isnull=False)),
    name="patients_invitation_code_has_its_maker",
)


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0011_audit_action_is_a_word"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="declined_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="code_hash",
            field=models.CharField(blank=True, db_default="", default="", max_length=128),
        ),
        migrations.AddField(
            model_name="invitation",
            name="code_made_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="code_made_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="wrong_tries",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(model_name="invitation", constraint=MAKER),
    ]
