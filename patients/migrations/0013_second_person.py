"""Who the second person was for a role that was offered. Roles that are held already stay as they are.

Invitations of staff that are open when this runs wait for a second person like new ones; those that were accepted
before are not waiting for anything.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

BY_NOBODY = Q(confirmed_at__isnull=True, confirmed_by__isnull=True, is_confirmed_by_operator=False)
BY_COLLEAGUE = Q(confirmed_at__isnull=False, confirmed_by__isnull=False, is_confirmed_by_operator=False)
BY_OPERATOR = Q(confirmed_at__isnull=False, confirmed_by__isnull=True, is_confirmed_by_operator=True)


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0012_claim_codes"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="confirmed_by",
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
            name="is_confirmed_by_operator",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="invitation",
            name="awaits_confirmation",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=BY_NOBODY | BY_COLLEAGUE | BY_OPERATOR, name="patients_invitation_confirmed_by_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("invited_by")),
                name="patients_invitation_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=Q(awaits_confirmation=False) | Q(accepted_at__isnull=False, confirmed_at__isnull=True),
                name="patients_invitation_awaits_after_accepting",
            ),
        ),
    ]
