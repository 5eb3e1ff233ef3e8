from django.db import migrations
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count_rounds(apps, schema_editor):
    """How often each story was submitted, from the log."""
    entries = apps.get_model("stories", "AuditEntry").objects.filter(story=OuterRef("pk"), action="submit")
    submitted = entries.order_by().values("story").annotate(number=Count("pk")).values("number")
    apps.get_model("stories", "Story").objects.update(rounds=Coalesce(Subquery(submitted), 0))


class Migration(migrations.Migration):
    dependencies = [("stories", "0003_the_desk")]

    operations = [migrations.RunPython(count_rounds, migrations.RunPython.noop)]
