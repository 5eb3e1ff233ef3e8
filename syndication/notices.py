"""The notice to a team's owners that a channel was stopped."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models.choices import Role
from accounts.notice_kinds import MailPace, NoticeKind, NoticeText, ShownNotice

if TYPE_CHECKING:
    from syndication.models import Channel

CHANNEL_TOPIC_PREFIX = "channel-"


def topic_of(channel: "Channel") -> str:
    return f"{CHANNEL_TOPIC_PREFIX}{channel.pk}"


def texts_of_stopped(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Return the texts for owners; without channels that were disconnected or started again. One query."""
    from syndication.models import Channel

    pks = {notice.pk: int(notice.topic.removeprefix(CHANNEL_TOPIC_PREFIX)) for notice in notices}
    stopped = Channel.objects.stopped().in_bulk_with_team(pks.values())
    return {
        notice.pk: text_of(stopped[pks[notice.pk]])
        for notice in notices
        if pks[notice.pk] in stopped and stopped[pks[notice.pk]].team_id == notice.team_id
    }


def text_of(channel: "Channel") -> NoticeText:
    sentence = _("The channel “%(channel)s” was stopped, because it could not be reached.") % {"channel": channel.name}
    return NoticeText(sentence, reverse("channel", args=[channel.team.slug, channel.pk]))


CHANNEL_STOPPED = NoticeKind(
    name="channel-stopped",
    label=gettext_lazy("A channel to another service was stopped"),
    audience=Role.OWNER,
    texts=texts_of_stopped,
    usual_pace=MailPace.AT_ONCE,
)
