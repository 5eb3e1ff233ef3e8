from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("stories", "0027_assignments"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="claim", name="claim_by_moderator"),
        migrations.RemoveField(model_name="claim", name="handed_by"),
        migrations.RemoveField(model_name="claim", name="note"),
    ]
