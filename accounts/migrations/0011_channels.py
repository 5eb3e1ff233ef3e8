from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_reserve_notices"),
    ]

    operations = [
        migrations.AlterField(
            model_name="teamentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("start", "Start"),
                    ("change", "Change"),
                    ("reasons", "Reasons"),
                    ("domain-add", "Domain Add"),
                    ("domain-drop", "Domain Drop"),
                    ("link-make", "Link Make"),
                    ("link-revoke", "Link Revoke"),
                    ("invite", "Invite"),
                    ("invite-revoke", "Invite Revoke"),
                    ("join", "Join"),
                    ("role", "Role"),
                    ("hand-over", "Hand Over"),
                    ("trust", "Trust"),
                    ("leave", "Leave"),
                    ("remove", "Remove"),
                    ("export", "Export"),
                    ("import", "Import"),
                    ("connect", "Connect"),
                    ("disconnect", "Disconnect"),
                ],
                max_length=13,
            ),
        ),
    ]
