"""People of a domain join one team by themselves: where several had that, the first keeps it."""

from typing import Any

from django.db import migrations, models


def keep_the_first(apps: Any, schema_editor: Any) -> None:
    """In the others they still join by a press."""
    automatic = apps.get_model("accounts", "TeamDomain").objects.filter(automatic=True)
    earlier = automatic.filter(domain=models.OuterRef("domain"), pk__lt=models.OuterRef("pk"))
    automatic.filter(models.Exists(earlier)).update(automatic=False)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_trust")]

    operations = [
        migrations.RunPython(keep_the_first, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="teamdomain",
            constraint=models.UniqueConstraint(
                condition=models.Q(("automatic", True)), fields=("domain",), name="team_domain_automatic_once"
            ),
        ),
    ]
