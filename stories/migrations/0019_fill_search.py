from django.db import migrations

from stories.models.warmth import warmth
from stories.search.folding import folded
from stories.search.index import rebuild

BATCH = 1_000


def fill(apps, schema_editor):
    """Give every story its words and its warmth, and write the index."""
    connection = schema_editor.connection
    stories = apps.get_model("stories", "Story").objects.using(connection.alias)
    columns = stories.only("body", "uplift_count", "published_at").order_by("pk")
    last = 0
    while batch := list(columns.filter(pk__gt=last)[:BATCH]):
        for story in batch:
            story.words = folded(story.body)
            story.warmth = warmth(story.uplift_count, story.published_at) if story.published_at else 0
        stories.bulk_update(batch, ["words", "warmth"], batch_size=200)
        last = batch[-1].pk
    rebuild(connection)


class Migration(migrations.Migration):

    dependencies = [("stories", "0018_search_and_orders")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
