from typing import Any

from django.db import migrations
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat


def rename(apps: Any, before: str, after: str) -> None:
    apps.get_model("notices", "NoticePreference").objects.filter(kind=before).update(kind=after)
    topic = Concat(Value(f"{after}:"), Cast("story", CharField()))
    apps.get_model("notices", "Notice").objects.filter(kind=before).update(kind=after, topic=topic)


def forwards(apps: Any, schema_editor: Any) -> None:
    """Rename the kind of notices about stories that were handed over, and what people chose for it."""
    rename(apps, "handed", "assigned")


def backwards(apps: Any, schema_editor: Any) -> None:
    rename(apps, "assigned", "handed")


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0002_digests_and_stopped_mails"),
        ("stories", "0027_assignments"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
