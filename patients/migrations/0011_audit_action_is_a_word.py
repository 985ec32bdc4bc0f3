from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0010_audit_actions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(max_length=32),
        ),
    ]
