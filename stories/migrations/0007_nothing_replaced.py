from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stories", "0006_quick_desk")]

    # Created the triggers of the audit log anew. Now every `migrate` does (stories/append_only.py).
    operations = []
