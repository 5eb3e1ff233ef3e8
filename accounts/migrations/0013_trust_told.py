from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F
from django.db.migrations.state import StateApps


def keep_what_was_told(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Earlier versions told everybody whose stories were always reviewed."""
    memberships = apps.get_model("accounts", "Membership").objects.using(schema_editor.connection.alias)
    memberships.filter(trust="always").update(trust_told_at=F("trust_changed_at"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_one_form_of_addresses")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="trust_told_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a moderator chose to tell them that their stories are always reviewed.",
                null=True,
            ),
        ),
        migrations.RunPython(keep_what_was_told, migrations.RunPython.noop),
    ]
