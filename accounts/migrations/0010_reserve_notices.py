from itertools import count

from django.db import migrations


def move_team_away(apps, schema_editor):
    """Give a team at /notices/ another slug. Its former one goes on leading to the pages below it."""
    Team, FormerSlug = apps.get_model("accounts", "Team"), apps.get_model("accounts", "FormerSlug")
    for team in Team.objects.filter(slug__iexact="notices"):
        former = team.slug
        candidates = (f"notices-{number}" for number in count(2))
        team.slug = next(
            slug
            for slug in candidates
            if not Team.objects.filter(slug=slug).exists() and not FormerSlug.objects.filter(slug=slug).exists()
        )
        team.save(update_fields=["slug"])
        FormerSlug.objects.create(slug=former, team=team)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_wall_digests")]

    operations = [migrations.RunPython(move_team_away, migrations.RunPython.noop)]
