from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("stories", "0022_cover_what_needs_a_moderator")]

    operations = [
        migrations.RemoveConstraint(model_name="wallcount", name="wall_count_once"),
        migrations.AlterField(model_name="wallcount", name="number", field=models.IntegerField()),
        migrations.AddIndex(
            model_name="wallcount",
            index=models.Index(fields=["team", "facet", "number"], name="wall_count"),
        ),
    ]
