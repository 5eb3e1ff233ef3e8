from django.db import migrations

from stories.append_only import lock, unlock


class Migration(migrations.Migration):
    dependencies = [("stories", "0006_quick_desk")]

    # An installation has the triggers of the day on which it came to 0005.
    operations = [unlock, lock]
