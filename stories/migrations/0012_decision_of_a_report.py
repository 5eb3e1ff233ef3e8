from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stories", "0011_batch_of_decisions")]

    operations = [
        # Django renames no column within the condition of an index, so that one is made anew.
        migrations.RemoveIndex(model_name="report", name="report_open"),
        migrations.RenameField("report", "answer", "decision"),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(condition=models.Q(decision=None), fields=["story"], name="report_open"),
        ),
    ]
