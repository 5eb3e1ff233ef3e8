from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_departure_choice")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="introduction_dismissed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
