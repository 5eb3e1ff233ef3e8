from datetime import timedelta
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

HANDED_FOR = timedelta(days=1)  # after which a claim that was handed over lapsed


def carry_over(apps: Any, schema_editor: Any) -> None:
    """Make an assignment of each waiting story that was handed over, where its moderator still moderates."""
    Claim, Assignment = apps.get_model("stories", "Claim"), apps.get_model("stories", "Assignment")
    Membership = apps.get_model("accounts", "Membership")
    moderating = Membership.objects.filter(
        team=models.OuterRef("story__team"), user=models.OuterRef("moderator"), role__in=["moderator", "owner"]
    )
    handed = Claim.objects.filter(handed_by__isnull=False)
    now = timezone.now()
    Assignment.objects.bulk_create(
        Assignment(
            story_id=claim.story_id,
            moderator_id=claim.moderator_id,
            assigned_by_id=claim.handed_by_id,
            note=claim.note,
            created_at=min(claim.lapses_at - HANDED_FOR, now),
        )
        for claim in handed.filter(models.Exists(moderating), story__state="pending")
    )
    handed.delete()


def take_back(apps: Any, schema_editor: Any) -> None:
    """Make a handed claim of each assignment again, where nobody reads the story."""
    Claim, Assignment = apps.get_model("stories", "Claim"), apps.get_model("stories", "Assignment")
    claims = [
        Claim(
            story_id=one.story_id,
            moderator_id=one.moderator_id,
            handed_by_id=one.assigned_by_id,
            note=one.note,
            lapses_at=timezone.now() + HANDED_FOR,
        )
        for one in Assignment.objects.filter(decision=None)
    ]
    Claim.objects.bulk_create(claims, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0026_cover_lists_of_the_desk'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('submit', 'Submit'), ('withdraw', 'Withdraw'), ('publish', 'Publish'), ('return', 'Return'), ('decline', 'Decline'), ('remove', 'Remove'), ('restore', 'Restore'), ('edit', 'Edit'), ('take-down', 'Take down'), ('put-back', 'Put back'), ('stand-by', 'Ask for a second opinion'), ('spam', 'Spam'), ('not-spam', 'Not spam'), ('undo', 'Undo'), ('fix', 'Fix a typo'), ('own-words', 'Keep my words'), ('aside', 'Hide until a moderator looks'), ('keep', 'Dismiss the reports'), ('review', 'Look at a published story'), ('hand', 'Assign to a colleague')], max_length=10),
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('assigned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DB_SET_NULL, related_name='assignments_made', to=settings.AUTH_USER_MODEL)),
                ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DB_CASCADE, related_name='+', to='stories.auditentry')),
                ('moderator', models.ForeignKey(on_delete=django.db.models.deletion.DB_CASCADE, related_name='assignments', to=settings.AUTH_USER_MODEL)),
                ('story', models.OneToOneField(on_delete=django.db.models.deletion.DB_CASCADE, related_name='assignment', to='stories.story')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('decision', None)), fields=['moderator'], name='assignment_open')],
            },
        ),
        migrations.CreateModel(
            name='ModeratorNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=1000)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('moderator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DB_SET_NULL, related_name='moderator_notes', to=settings.AUTH_USER_MODEL)),
                ('story', models.ForeignKey(on_delete=django.db.models.deletion.DB_CASCADE, related_name='moderator_notes', to='stories.story')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='moderator_note_has_words')],
            },
        ),
        migrations.RunPython(carry_over, take_back),
    ]
