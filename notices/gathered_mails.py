"""Which people are due a mail that gathers their notices of an hour or a day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import batched

from django.db import transaction

from accounts.notice_kinds import MailPace, NoticeKind, notice_kinds
from kindwall import clock
from notices.mailboxes import with_mailbox, zone_named
from notices.models import Notice, NoticePreference
from notices.models.shown import ROLES
from notices.models.wall_digest import MORNING

GATHERED_PACES = (MailPace.HOURLY, MailPace.DAILY)
READERS_AT_ONCE = 1_000  # people in one query
ONE_HOUR = timedelta(hours=1)


def enqueue_due_mails() -> None:
    """Enqueue a mail for each person, team and role with notices that are due: two queries for 1,000 notices.

    An hourly mail holds what came before the full hour, a daily one what came before the reader's morning.
    """
    from notices.tasks import mail_gathered_notices

    waiting = Notice.objects.unmailed().filter(with_mailbox(), kind__in=gathered_kinds(), updated_at__lt=full_hour())
    rows = waiting.order_by("user", "team").values_list("user", "team", "kind", "updated_at", "user__time_zone")
    for some in batched(rows.iterator(READERS_AT_ONCE), READERS_AT_ONCE):
        paces = NoticePreference.objects.paces_of({user for user, *_rest in some}, gathered_kinds().values())
        due = {
            (user, team, ROLES.index(notice_kinds[kind].audience))
            for user, team, kind, updated_at, zone in some
            if updated_at < end_of(paces[user, kind], zone)
        }
        with transaction.atomic():
            for user, team, role in sorted(due):
                mail_gathered_notices.enqueue(user, team, role)


def notices_of(user: int, team: int, role: int) -> list[Notice]:
    """Return the notices for this role that the person wants gathered and that were not mailed, the latest first."""
    of_role = [kind for kind in gathered_kinds().values() if kind.audience == ROLES[role]]
    own = Notice.objects.unmailed().filter(user=user, team=team, kind__in=[kind.name for kind in of_role])
    paces = NoticePreference.objects.paces_of([user], of_role)
    return [notice for notice in own.latest_first() if paces[user, notice.kind] in GATHERED_PACES]


def gathered_kinds() -> Mapping[str, NoticeKind]:
    return {name: kind for name, kind in notice_kinds.items() if set(GATHERED_PACES) & set(kind.paces)}


def end_of(pace: MailPace, zone: str) -> datetime:
    """Return the moment before which a notice has come that is mailed now at this pace."""
    if pace == MailPace.HOURLY:
        return full_hour()
    if pace == MailPace.DAILY:
        return latest_morning(zone)
    return datetime.min.replace(tzinfo=full_hour().tzinfo)


def full_hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0)


def latest_morning(zone: str) -> datetime:
    """Return the reader's latest 8:00, or the full hour of UTC after it, at which the job runs."""
    now = clock.now().astimezone(zone_named(zone))
    for day in (now.date(), now.date() - timedelta(days=1)):
        morning = datetime.combine(day, MORNING, now.tzinfo).astimezone(full_hour().tzinfo)
        morning += -timedelta(minutes=morning.minute) % ONE_HOUR
        if morning <= clock.now():
            return morning
    return morning - timedelta(days=1)
