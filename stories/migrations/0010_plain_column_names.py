from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stories", "0009_index_of_drafts")]

    operations = [
        # Django renames no column within a constraint, so that one is made anew.
        migrations.RemoveConstraint(model_name="story", name="story_once_per_composer"),
        migrations.RenameField("story", "composer", "created_by_editor"),
        migrations.RenameField("story", "saved_from", "saved_by_editor"),
        migrations.RenameField("story", "saved_turn", "save_sequence"),
        migrations.RenameField("story", "rounds", "submission_count"),
        migrations.AddConstraint(
            model_name="story",
            constraint=models.UniqueConstraint(
                fields=("team", "author", "created_by_editor"), name="story_once_per_editor"
            ),
        ),
    ]
