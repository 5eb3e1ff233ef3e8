"""Mails about notices. They hold no words of a story and no letter: a mailbox is outside of the team."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation

from accounts.models import Membership, Role
from accounts.notice_kinds import MailPace, NoticeKind, NoticeText, notice_kinds
from kindwall import clock
from kindwall.mail import write
from notices.kinds.author import DECISION
from notices.kinds.moderators import OVERDUE, RESUBMITTED, SECOND_OPINION, WAITING
from notices.mail_stops import link_to_stop
from notices.mailboxes import has_mailbox, time_zone_of
from notices.models import Notice, NoticePause
from stories.models import Story
from stories.models.claim import LAPSES_AFTER
from stories.models.queryset import StoryQuerySet

# Not mailed about while a moderator reads the story. A story that was assigned is left to its moderator anyway.
ABOUT_WAITING_STORIES = frozenset(kind.name for kind in (WAITING, RESUBMITTED, SECOND_OPINION, OVERDUE))
READ_FOR = timedelta(days=1)  # a story that a moderator has opened and left is mailed about again after that


class AtOnceMails:
    """Has notices mailed to the people who want that at once; a store of accounts.notice_kinds, after the notices."""

    @classmethod
    def add(cls, kind: NoticeKind, *, team: int, topic: str, **_rest: object) -> None:
        from notices.tasks import mail_new_notices

        if MailPace.AT_ONCE in kind.paces:
            mail_new_notices.enqueue(team, kind.name, topic)

    @classmethod
    def withdraw(cls, kind: NoticeKind, *, team: int, topic: str) -> None:
        """Do nothing: a notice that is gone is not mailed."""


@dataclass(frozen=True, slots=True)
class MailLine:
    notice: Notice
    text: NoticeText

    @property
    def subject(self) -> str:
        """Return the first sentence, without its full stop."""
        return self.text.sentence.partition(". ")[0].removesuffix(".")


def write_notices(user: int, team: int, notices: Sequence[Notice]) -> None:
    """Send one mail about these notices of one person, whose kinds are for the same role, and mark them as mailed.

    None is sent about what its reader may not see any more, what is superseded, and what a moderator is reading.
    """
    reader = Membership.objects.filter(user=user, team=team).select_related("user", "team").first()
    if not notices or reader is None or not has_mailbox(reader.user) or NoticePause.objects.of(reader.user):
        return
    language = reader.user.language or settings.LANGUAGE_CODE
    with translation.override(language):
        lines = mail_lines(reader, notices)
    if not lines:
        return
    role = Role(notice_kinds[lines[0].notice.kind].audience)
    story = lines[0].notice.story_id if len(lines) == 1 else None
    context = {
        "team": reader.team,
        "lines": lines,
        "is_decision": lines[0].notice.kind == DECISION.name,
        "desk": reverse("moderation", kwargs={"team": reader.team.slug}) if role == Role.MODERATOR else "",
    }
    write(
        reader.user.email,
        "notices/mail/notices",
        context,
        language=language,
        time_zone=time_zone_of(reader.user).key,
        unsubscribe=link_to_stop(role, user),
        thread=f"story-{story}" if story else f"{role}-{team}",
    )
    Notice.objects.mark_mailed(line.notice for line in lines)


def mail_lines(reader: Membership, notices: Iterable[Notice]) -> list[MailLine]:
    """Return the notices that are still true with their words, in the order of the notices."""
    allowed = [notice for notice in notices if may_get(reader, notice_kinds[notice.kind])]
    current = still_true(reader, allowed)
    texts: dict[int, NoticeText] = {}
    for write_texts in {notice_kinds[notice.kind].texts for notice in current}:
        texts |= write_texts([notice for notice in current if notice_kinds[notice.kind].texts == write_texts])
    return [MailLine(notice, texts[notice.pk]) for notice in current if notice.pk in texts]


def may_get(reader: Membership, kind: NoticeKind) -> bool:
    if kind.audience == Role.MODERATOR:
        return reader.may_moderate and not reader.is_away
    return kind.audience == Role.MEMBER or reader.is_owner


def still_true(reader: Membership, notices: Sequence[Notice]) -> list[Notice]:
    """Leave out notices whose cause is gone, and stories that a moderator reads or has read."""
    pks = {notice.pk for notice in notices}
    current: set[int] = set()
    for kind in {notice_kinds[notice.kind] for notice in notices}:
        rows = Notice.objects.filter(pk__in=pks, kind=kind.name)
        current |= set((rows.filter(kind.current) if kind.current is not None else rows).values_list("pk", flat=True))
    if any(notice.kind in ABOUT_WAITING_STORIES for notice in notices):
        unread = set(waiting_unread(reader).values_list("pk", flat=True))
        current -= {notice.pk for notice in notices if is_being_read(notice, unread)}
    return [notice for notice in notices if notice.pk in current]


def is_being_read(notice: Notice, unread: set[int]) -> bool:
    """Return whether no story that this notice is about is left for its reader."""
    if notice.kind not in ABOUT_WAITING_STORIES:
        return False
    return notice.story_id not in unread if notice.story_id else not unread


def waiting_unread(reader: Membership) -> StoryQuerySet:
    """Return the waiting stories of others that no moderator has opened since they were sent, or not for a day."""
    since_sent = Q(claim__lapses_at__gt=F("submitted_at") + LAPSES_AFTER)
    opened = since_sent & Q(claim__lapses_at__gt=clock.now() - READ_FOR)
    return Story.objects.of(reader.team).waiting().exclude(author=reader.user_id).exclude(opened)
