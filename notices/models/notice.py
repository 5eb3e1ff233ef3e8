"""Notices: what one person is told in the product. A notice holds ids; its words are read when it is shown."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.models import Team, User
from accounts.notice_kinds import MailPace, NoticeKind
from kindwall import clock
from notices.models.shown import ROLES, shown_condition
from stories.live.nudges import nudge
from stories.models import AuditEntry, Story

NOTICE_LIFETIME = timedelta(days=90)
MAILED_FOR = timedelta(days=3)  # older news, such as that of the demo, is not worth a mail any more
RECIPIENTS_AT_ONCE = 1_000  # people in one statement


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown_to(self, user: User) -> Self:
        """Return the notices that this person may see and wants to see in the product."""
        sql, params = shown_condition(user)
        return self.filter(RawSQL(sql, params, output_field=models.BooleanField()))  # noqa: S611

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def about(self, story: int) -> Self:
        """Return the notices about this story and about changes to it, which its page shows."""
        return self.filter(models.Q(story=story) | models.Q(story__edit_of=story))

    def unmailed(self) -> Self:
        """Return the unread notices of the last days to which something was added since they were last mailed."""
        lately = self.unread().filter(updated_at__gt=clock.now() - MAILED_FOR)
        return lately.filter(models.Q(mailed_at=None) | models.Q(mailed_at__lt=models.F("updated_at")))

    def mark_mailed(self, notices: Iterable["Notice"]) -> None:
        """Record that these notices were mailed as they were read; something added since will be mailed, too."""
        for notice in notices:
            self.filter(pk=notice.pk, mailed_at=notice.mailed_at).update(mailed_at=notice.updated_at)

    def latest_first(self) -> Self:
        return self.order_by("-updated_at", "-pk")

    def page_after(self, cursor: tuple[datetime, int] | None) -> Self:
        """Return the notices after the one with that moment and pk, in a list with the latest first."""
        if cursor is None:
            return self
        moment, pk = cursor
        return self.filter(updated_at__lte=moment).exclude(updated_at=moment, pk__gte=pk)

    def up_to(self, moment: datetime) -> Self:
        return self.filter(updated_at__lte=moment)

    def as_shown(self, seen: Sequence[tuple[datetime, int]]) -> Self:
        """Return those of these notices, by moment and pk, that nothing was added to since."""
        same = models.Q(pk__in=[])
        for moment, pk in seen:
            same |= models.Q(pk=pk, updated_at__lte=moment)
        return self.filter(same)

    def latest_of(self, people: Collection[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
        """Return when something was last told to each of these people, and when they last read. One query."""
        rows = self.filter(user__in=people).order_by().values_list("user")
        news = rows.annotate(told=models.Max("updated_at"), read=models.Max("read_at"))
        found = {pk: (told, read) for pk, told, read in news}
        return {pk: found.get(pk, (None, None)) for pk in people}

    def mark_read(self, user: User) -> int:
        """Mark these notices of this person as read, and have their open pages show it."""
        marked = self.filter(user=user).unread().update(read_at=clock.now())
        if marked:
            nudge([user.pk])
        return marked

    def prune(self) -> int:
        """Delete notices that nothing was added to for ninety days."""
        return self.filter(updated_at__lt=clock.now() - NOTICE_LIFETIME).delete()[0]


class Notice(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="notices")
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    kind = models.CharField(max_length=32)  # a name in accounts.notice_kinds
    # What it is about, such as "reactions:57:2026-11-29"; a person has one notice for each.
    topic = models.CharField(max_length=100)
    story = models.ForeignKey(Story, on_delete=models.DB_CASCADE, related_name="+", null=True)
    entry = models.ForeignKey(AuditEntry, on_delete=models.DB_CASCADE, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)  # when something was last added to it
    read_at = models.DateTimeField(null=True)
    # When it was last mailed; a later `updated_at` means that something was added since.
    mailed_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "topic"], name="notice_once")]
        indexes: ClassVar = [
            models.Index(fields=["user", "-updated_at", "-id"], name="notice_by_user"),
            models.Index(fields=["user", "team"], name="notice_unread", condition=models.Q(read_at=None)),
            models.Index(fields=["updated_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"

    @classmethod
    def add(
        cls,
        kind: NoticeKind,
        *,
        to: Sequence[int] | None,
        team: int,
        topic: str,
        story: int | None = None,
        entry: int | None = None,
        at: datetime | None = None,
        unread_again: bool = True,
    ) -> None:
        """Store what `accounts.notice_kinds.send_notice` sends; one statement for each thousand people.

        Members who switched this kind off, in the product and by mail, get no row.
        """
        at = at or clock.now()
        news: list[int] = []
        for people in batches_of_people(to):
            sql, params = adding(
                kind, people, team=team, topic=topic, story=story, entry=entry, at=at, unread_again=unread_again
            )
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                news += [user for user, is_new in cursor.fetchall() if is_new or unread_again]
        if news:
            nudge(news)

    @classmethod
    def withdraw(cls, kind: NoticeKind, *, team: int, topic: str) -> None:
        sent = cls.objects.filter(kind=kind.name, team=team, topic=topic)
        people = list(sent.unread().values_list("user", flat=True))
        sent.delete()
        if people:
            nudge(people)


def batches_of_people(people: Sequence[int] | None) -> Iterator[Sequence[int] | None]:
    """Return the people by the thousand; None, for everybody in the team, is one batch."""
    if people is None:
        yield None
        return
    everybody = sorted(set(people))
    for place in range(0, len(everybody), RECIPIENTS_AT_ONCE):
        yield everybody[place : place + RECIPIENTS_AT_ONCE]


def adding(
    kind: NoticeKind,
    people: Sequence[int] | None,
    *,
    team: int,
    topic: str,
    story: int | None,
    entry: int | None,
    at: datetime,
    unread_again: bool,
) -> tuple[str, list[Any]]:
    """Return the statement that adds or renews a notice for each of the people who may have it and want it.

    Written as SQL, because the ORM cannot insert what it selects. The rows are locked in the order of the people, so
    that two statements never wait for each other.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    roles = ROLES[ROLES.index(kind.audience) :]
    params: list[Any] = [kind.name, topic, story, entry, moment, moment, kind.name, team, *roles]
    among = ""
    if people is not None:
        among = f"AND member.user_id IN ({', '.join(['%s'] * len(people))})"
        params += people
    params += [kind.usually_in_product, kind.usual_pace.value, MailPace.NEVER.value]
    read_at = "NULL" if unread_again else "notices_notice.read_at"
    sql = f"""
        INSERT INTO notices_notice
            (user_id, team_id, kind, topic, story_id, entry_id, created_at, updated_at)
        SELECT member.user_id, member.team_id, %s, %s, CAST(%s AS bigint), CAST(%s AS bigint), %s, %s
        FROM accounts_membership member
        LEFT JOIN notices_noticepreference wish ON wish.user_id = member.user_id AND wish.kind = %s
        WHERE member.team_id = %s AND member.role IN ({", ".join(["%s"] * len(roles))}) {among}
            AND (COALESCE(wish.in_product, %s) OR COALESCE(wish.mail, %s) <> %s)
        ORDER BY member.user_id
        ON CONFLICT (user_id, topic) DO UPDATE SET
            kind = excluded.kind, story_id = excluded.story_id, entry_id = excluded.entry_id,
            updated_at = excluded.updated_at, read_at = {read_at}
        WHERE excluded.entry_id IS NULL OR notices_notice.entry_id IS NULL
            OR excluded.entry_id > notices_notice.entry_id
        RETURNING user_id, created_at = updated_at
    """  # noqa: S608 - placeholders and constants
    return sql, params
