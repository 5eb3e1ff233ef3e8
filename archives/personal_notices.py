"""What a person chose about notices and mails, for their export."""

from typing import Any

from accounts.models import User
from archives.rows import archive_row, plain_value
from notices.models import NoticePause, NoticePreference, WallDigest


def notice_preferences(person: User) -> list[dict[str, Any]]:
    """Return their choices that are not as usual."""
    chosen = NoticePreference.objects.filter(user=person).order_by("kind")
    return [archive_row(one, ("kind", "in_product", "mail")) for one in chosen]


def notice_pause(person: User) -> str | None:
    """Return until when they get no mail, if they paused it."""
    pause = NoticePause.objects.filter(user=person).first()
    until: str | None = plain_value(pause.until) if pause else None
    return until


def wall_digests(person: User) -> list[dict[str, Any]]:
    """Return how often a look at each wall is mailed to them, and when they were last sent one."""
    digests = WallDigest.objects.filter(membership__user=person).select_related("membership__team").order_by("pk")
    return [
        {
            "team": one.membership.team.slug,
            "team_name": one.membership.team.name,
            **archive_row(one, ("pace", "sent_at")),
        }
        for one in digests
    ]
