from typing import Any
from uuid import uuid4

from django.db import migrations, models
from django.db.models import Count


def number_batches(apps: Any, schema_editor: Any) -> None:
    """Give the decisions one batch that one moderator took at the very same moment on several stories of a team."""
    log = apps.get_model("stories", "AuditEntry").objects.filter(action__in=["publish", "decline"], actor__isnull=False)
    moments = log.order_by().values("actor", "action", "created_at", "story__team")
    for moment in list(moments.annotate(stories=Count("story", distinct=True)).filter(stories__gt=1)):
        del moment["stories"]
        log.filter(**moment).update(batch=uuid4())


class Migration(migrations.Migration):
    dependencies = [("stories", "0010_plain_column_names")]

    operations = [
        migrations.AddField("auditentry", "batch", models.UUIDField(editable=False, null=True)),
        migrations.RunPython(number_batches, migrations.RunPython.noop),
    ]
