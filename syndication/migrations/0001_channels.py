import django.db.models.deletion
import django.utils.timezone
import syndication.models.delivery
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0011_channels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("slack", "Slack"),
                            ("teams", "Microsoft Teams"),
                            ("mattermost", "Mattermost"),
                            ("discord", "Discord"),
                            ("google-chat", "Google Chat"),
                            ("webhook", "Another program, by webhook"),
                        ],
                        max_length=20,
                        verbose_name="service",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "content",
                    models.CharField(
                        choices=[
                            ("stories", "Every story, as soon as it is published"),
                            ("weekly-count", "Once a week, how many stories were published"),
                        ],
                        default="stories",
                        max_length=12,
                        verbose_name="content",
                    ),
                ),
                ("language", models.CharField(default="en", max_length=12, verbose_name="language")),
                ("sealed_address", models.BinaryField()),
                ("shown_address", models.CharField(max_length=300)),
                ("sealed_secret", models.BinaryField(null=True)),
                ("former_sealed_secret", models.BinaryField(null=True)),
                ("secret_changed_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("paused_until", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "stop_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("failing", "Ten attempts in a row have failed."),
                            ("gone", "The receiver says that this address no longer exists."),
                            (
                                "unreadable",
                                "Its address cannot be read any more, because the server has another secret key.",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE, related_name="channels", to="accounts.team"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("story.published", "A story was published"),
                            ("story.changed", "A story was changed"),
                            ("story.removed", "A story has left the wall"),
                            ("story.restored", "A story is back on the wall"),
                            ("week.counted", "The stories of a week"),
                            ("test", "A test"),
                        ],
                        max_length=15,
                    ),
                ),
                ("story_id", models.BigIntegerField(null=True)),
                ("source", models.CharField(max_length=60)),
                (
                    "identifier",
                    models.CharField(default=syndication.models.delivery.new_identifier, max_length=40, unique=True),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                            ("dropped", "Not sent, because it was no longer needed"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("code", models.PositiveSmallIntegerField(null=True)),
                ("excerpt", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempted_at", models.DateTimeField(null=True)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="deliveries",
                        to="syndication.channel",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="PostedMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("story_id", models.BigIntegerField()),
                ("message_id", models.CharField(max_length=300)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="messages",
                        to="syndication.channel",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["slack", "teams", "mattermost", "discord", "google-chat", "webhook"])),
                name="channel_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("content__in", ["stories", "weekly-count"])), name="channel_content_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="channel_named"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "webhook"), ("sealed_secret__isnull", False)),
                    models.Q(
                        models.Q(("kind", "webhook"), _negated=True),
                        ("former_sealed_secret__isnull", True),
                        ("sealed_secret__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="channel_secret_of_webhooks",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("former_sealed_secret__isnull", True), ("secret_changed_at__isnull", False), _connector="OR"
                ),
                name="channel_former_secret_has_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("failing_since__isnull", True), ("failures", 0)),
                    models.Q(("failing_since__isnull", False), ("failures__gt", 0)),
                    _connector="OR",
                ),
                name="channel_failing_since_first_failure",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stop_reason", ""), ("stopped_at__isnull", True)),
                    models.Q(("stop_reason__in", ["failing", "gone", "unreadable"]), ("stopped_at__isnull", False)),
                    _connector="OR",
                ),
                name="channel_stopped_for_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["channel", "-id"], name="delivery_by_channel"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", "waiting")), fields=["channel", "story_id", "id"], name="delivery_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["created_at"], name="delivery_by_age"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("channel", "source"), name="delivery_once"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "event__in",
                        ["story.published", "story.changed", "story.removed", "story.restored", "week.counted", "test"],
                    )
                ),
                name="delivery_event_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "delivered", "failed", "dropped"])),
                name="delivery_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("event__in", ("story.published", "story.changed", "story.removed", "story.restored")),
                        ("story_id__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("event__in", ("story.published", "story.changed", "story.removed", "story.restored")),
                            _negated=True,
                        ),
                        ("story_id__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="delivery_story_of_story_events",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_attempt_at__isnull", False), ("status", "waiting")),
                    models.Q(models.Q(("status", "waiting"), _negated=True), ("next_attempt_at__isnull", True)),
                    _connector="OR",
                ),
                name="delivery_waits_for_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "delivered"), _negated=True), ("delivered_at__isnull", False), _connector="OR"
                ),
                name="delivery_delivered_has_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="postedmessage",
            constraint=models.UniqueConstraint(fields=("channel", "story_id"), name="message_once"),
        ),
        migrations.AddConstraint(
            model_name="postedmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("message_id", ""), _negated=True), name="message_named"
            ),
        ),
    ]
