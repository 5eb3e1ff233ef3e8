from django.db import migrations, models
from django.db.models import F, Q

PUBLISHED = Q(state="published")
BEFORE = {
    "story_wall": ["team", F("published_at").desc(), F("id").desc()],
    "story_by_author": ["team", "author", F("published_at").desc(), F("id").desc()],
    "story_lifted": ["team", F("uplift_count").desc(), F("id").desc(), "published_at"],
    "story_warm": ["team", F("warmth").desc(), F("id").desc()],
}
ADDED = {
    "story_wall": ["uplift_count", "warmth", "state"],
    "story_by_author": ["uplift_count", "warmth", "state"],
    "story_lifted": ["author", "state"],
    "story_warm": ["published_at", "author", "state"],
}
# As stories/search/match.py has it, which reads this index by the same expression.
WORDS_AND_FACETS = """
    array_to_tsvector(string_to_array(btrim(words), ' ') || ARRAY[
        ':t:' || team_id::text, ':a:' || COALESCE(author_id, 0)::text, ':k:' || kind,
        ':q:' || first_quality, ':q:' || second_quality, ':q:' || third_quality])
"""
INDEX = "CREATE INDEX story_words ON stories_story USING gin (({})) WHERE state = 'published'"


def index_anew(expression):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP INDEX IF EXISTS story_words")
            schema_editor.execute(INDEX.format(expression))

    return run


class Migration(migrations.Migration):

    dependencies = [("stories", "0028_claims_without_notes")]

    operations = [
        *(
            operation
            for name, columns in BEFORE.items()
            for operation in (
                migrations.RemoveIndex("story", name),
                migrations.AddIndex("story", models.Index(*columns, *ADDED[name], name=name, condition=PUBLISHED)),
            )
        ),
        migrations.RunPython(index_anew(WORDS_AND_FACETS), index_anew("to_tsvector('simple', words)")),
    ]
