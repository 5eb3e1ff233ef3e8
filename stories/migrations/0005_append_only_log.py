from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stories", "0004_rounds")]

    # Created the triggers of the audit log. Now every `migrate` does (stories/append_only.py).
    operations = []
