"""Plainer labels of choices and fields. Django keeps them in its state only: no table changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0013_second_person"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contextnote",
            name="kind",
            field=models.CharField(
                choices=[
                    ("stress", "Stress load"),
                    ("support", "Social support"),
                    ("hormonal", "Hormonal status, pregnancy included"),
                    ("comorbid", "Other conditions"),
                    ("earlier", "Earlier treatments"),
                ],
                max_length=10,
                verbose_name="topic",
            ),
        ),
        migrations.AlterField(
            model_name="datarequest",
            name="state",
            field=models.CharField(
                choices=[("open", "With the clinic"), ("granted", "Done"), ("refused", "Declined, with the reason")],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="interactionpair",
            name="first",
            field=models.CharField(max_length=120, verbose_name="first treatment"),
        ),
        migrations.AlterField(
            model_name="interactionpair",
            name="second",
            field=models.CharField(max_length=120, verbose_name="second treatment"),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="kind",
            field=models.CharField(
                choices=[
                    ("medication", "Medicine"),
                    ("psychotherapy", "Therapy"),
                    ("activity", "Activity"),
                    ("sleep", "Sleep plan"),
                    ("nutrition", "Nutrition"),
                    ("self_management", "Self-management"),
                    ("environment", "Environment"),
                    ("other", "Other"),
                ],
                max_length=20,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="interventiondose",
            name="amount",
            field=models.DecimalField(
                blank=True, decimal_places=3, max_digits=9, null=True, verbose_name="daily amount"
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="kept",
            field=models.CharField(
                choices=[("kept", "As agreed"), ("partly", "In part"), ("missed", "Not followed")], max_length=8
            ),
        ),
    ]
