from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_plain_labels")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="introduction_dismissed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
