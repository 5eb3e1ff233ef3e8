from typing import Any

from django.db import migrations, models


def read_from_log(apps: Any, schema_editor: Any) -> None:
    """Set the moment of the latest edit in effect, which the log has."""
    entries = apps.get_model("stories", "AuditEntry").objects.filter(action="edit", undone_by=None)
    latest = entries.filter(story=models.OuterRef("pk")).order_by("-pk").values("created_at")[:1]
    published = apps.get_model("stories", "Story").objects.filter(published_at__isnull=False)
    published.update(edited_at=models.Subquery(latest))


class Migration(migrations.Migration):
    dependencies = [
        ("stories", "0012_decision_of_a_report"),
    ]

    operations = [
        migrations.AddField(
            model_name="story",
            name="edited_at",
            field=models.DateTimeField(blank=True, help_text="When its published text was last changed.", null=True),
        ),
        migrations.RunPython(read_from_log, migrations.RunPython.noop),
    ]
