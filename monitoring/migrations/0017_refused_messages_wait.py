"""Messages that were given up after a day wait again where their alert is still open: none is silently lost."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0016_what_was_said"),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE monitoring_notification AS message
            SET state = CASE WHEN alert.state = 'closed' THEN 'dropped' ELSE 'queued' END
            FROM monitoring_alert AS alert
            WHERE message.alert_id = alert.id AND message.state = 'failed'
            """,
            migrations.RunSQL.noop,
        ),
    ]
