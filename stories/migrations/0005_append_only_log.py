from django.db import migrations

from stories.append_only import lock


class Migration(migrations.Migration):
    dependencies = [("stories", "0004_rounds")]

    operations = [lock]
