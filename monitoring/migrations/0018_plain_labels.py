"""Plainer labels of choices and fields. Django keeps them in its state only: no table changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0017_refused_messages_wait"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alert",
            name="closed_action",
            field=models.CharField(
                blank=True,
                choices=[
                    ("talked", "Talked with the patient"),
                    ("no_answer", "Called, no answer"),
                    ("message_left", "Left a message"),
                    ("plan_changed", "Changed the plan"),
                    ("medicine_reviewed", "Medicine reviewed"),
                    ("visit_arranged", "Visit arranged"),
                    ("handed_over", "Handed over to another service"),
                    ("nothing_needed", "Nothing needed yet"),
                    ("check_in_came", "Check-in received"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("risk_answer", "Safety"),
                    ("contact_wish", "Asked for contact"),
                    ("extreme_rating", "Rating at the worst end"),
                    ("deterioration", "Getting worse"),
                    ("relapse", "Relapse signs"),
                    ("side_effect", "Possible side effect"),
                    ("discontinuation", "Medicine stopped"),
                    ("not_on_track", "No response yet"),
                    ("missed_check_ins", "Missed check-ins"),
                    ("not_assessed", "Could not be assessed"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="alertevent",
            name="action",
            field=models.CharField(
                blank=True,
                choices=[
                    ("talked", "Talked with the patient"),
                    ("no_answer", "Called, no answer"),
                    ("message_left", "Left a message"),
                    ("plan_changed", "Changed the plan"),
                    ("medicine_reviewed", "Medicine reviewed"),
                    ("visit_arranged", "Visit arranged"),
                    ("handed_over", "Handed over to another service"),
                    ("nothing_needed", "Nothing needed yet"),
                    ("check_in_came", "Check-in received"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="alertevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("raised", "Raised"),
                    ("seen_again", "Detected again"),
                    ("acknowledged", "Acknowledged"),
                    ("started", "Work started"),
                    ("noted", "Note added"),
                    ("given", "Assigned to a colleague"),
                    ("closed", "Closed"),
                    ("reopened", "Reopened"),
                    ("help_shown", "Numbers to call were shown"),
                    ("check_in_came", "Check-in received"),
                    ("owner_left", "No longer has an owner"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="cause",
            field=models.CharField(
                choices=[
                    ("check_in", "A check-in"),
                    ("change", "A change of treatment"),
                    ("missed", "A missed check-in"),
                    ("import", "Imported values"),
                    ("panel", "The nightly comparison"),
                    ("engine_changed", "New rules"),
                ],
                default="check_in",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="budgetchange",
            name="origin",
            field=models.CharField(
                choices=[
                    ("switched_off", "Default, because own adjustment is switched off"),
                    ("not_measured", "Default, because this clinic has not been measured yet"),
                    ("too_short", "Default, because there are less than three months of check-ins"),
                    ("too_little", "Default, because there are too few stable patient-years"),
                    ("own_past", "This clinic's own past data"),
                    ("own_past_bounded", "This clinic's own past data, at the furthest allowed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="clinicbudget",
            name="is_on",
            field=models.BooleanField(
                default=True, verbose_name="adjust the alert threshold to this clinic's own past data"
            ),
        ),
        migrations.AlterField(
            model_name="clinicbudget",
            name="origin",
            field=models.CharField(
                choices=[
                    ("switched_off", "Default, because own adjustment is switched off"),
                    ("not_measured", "Default, because this clinic has not been measured yet"),
                    ("too_short", "Default, because there are less than three months of check-ins"),
                    ("too_little", "Default, because there are too few stable patient-years"),
                    ("own_past", "This clinic's own past data"),
                    ("own_past_bounded", "This clinic's own past data, at the furthest allowed"),
                ],
                default="not_measured",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="monitoringplan",
            name="due_cause",
            field=models.CharField(
                choices=[
                    ("check_in", "A check-in"),
                    ("change", "A change of treatment"),
                    ("missed", "A missed check-in"),
                    ("import", "Imported values"),
                    ("panel", "The nightly comparison"),
                    ("engine_changed", "New rules"),
                ],
                default="check_in",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="ownitem",
            name="high",
            field=models.CharField(max_length=40, verbose_name="meaning of 10"),
        ),
        migrations.AlterField(
            model_name="ownitem",
            name="low",
            field=models.CharField(max_length=40, verbose_name="meaning of 0"),
        ),
    ]
