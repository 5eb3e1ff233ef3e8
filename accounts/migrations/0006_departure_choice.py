import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Rename the model in the code; its table stays as it is."""

    dependencies = [("accounts", "0005_setup_link")]

    operations = [
        migrations.AlterModelTable("parting", "accounts_parting"),
        migrations.RenameModel("Parting", "DepartureChoice"),
        migrations.AlterField(
            model_name="departurechoice",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="departure_choices",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
