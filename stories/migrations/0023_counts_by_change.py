from django.db import migrations, models


def merge(apps, schema_editor):
    """Back to one row for each number, as the version before expects them."""
    counts = apps.get_model("stories", "WallCount").objects.using(schema_editor.connection.alias)
    sums = list(counts.values("team_id", "facet").annotate(sum=models.Sum("number")).filter(sum__gt=0))
    counts.all().delete()
    counts.bulk_create(counts.model(team_id=row["team_id"], facet=row["facet"], number=row["sum"]) for row in sums)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # it alters no table that has checks to come


class Migration(migrations.Migration):

    dependencies = [("stories", "0022_cover_what_needs_a_moderator")]

    operations = [
        migrations.RemoveConstraint(model_name="wallcount", name="wall_count_once"),
        migrations.AlterField(model_name="wallcount", name="number", field=models.IntegerField()),
        migrations.AddIndex(
            model_name="wallcount",
            index=models.Index(fields=["team", "facet", "number"], name="wall_count"),
        ),
        migrations.RunPython(migrations.RunPython.noop, merge),
    ]
