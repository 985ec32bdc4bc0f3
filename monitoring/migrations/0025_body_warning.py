"""Alerts about warnings of the body: a kind of their own beside safety answers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0024_review_held_or_missed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("risk_answer", "Safety"),
                    ("body_warning", "Physical warning sign"),
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
            model_name="signal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("risk_answer", "risk_answer"),
                    ("body_warning", "body_warning"),
                    ("extreme_rating", "extreme_rating"),
                    ("sudden_change", "sudden_change"),
                    ("deterioration", "deterioration"),
                    ("reliable_worsening", "reliable_worsening"),
                    ("relapse", "relapse"),
                    ("side_effect", "side_effect"),
                    ("discontinuation", "discontinuation"),
                    ("not_on_track", "not_on_track"),
                    ("lost_contact", "lost_contact"),
                    ("missed_check_ins", "missed_check_ins"),
                    ("persistently_severe", "persistently_severe"),
                    ("check_in_reminder", "check_in_reminder"),
                    ("improvement", "improvement"),
                    ("response", "response"),
                    ("remission", "remission"),
                    ("offer_instrument", "offer_instrument"),
                    ("low_information", "low_information"),
                    ("still_learning", "still_learning"),
                ],
                max_length=30,
            ),
        ),
    ]
