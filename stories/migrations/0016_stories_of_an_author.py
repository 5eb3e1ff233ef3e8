from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stories", "0015_stories_by_author")]

    operations = [
        migrations.AddIndex(
            model_name="story",
            index=models.Index(
                "team",
                "author",
                models.F("id").desc(),
                "state",
                name="story_of_author",
                condition=models.Q(("state", "draft"), _negated=True),
            ),
        ),
    ]
