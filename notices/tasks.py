"""Background tasks: periodic jobs on notices, their mails, and digests of walls. Each mail is a task of its own."""

from functools import partial

from django.tasks import task

from accounts.notice_kinds import MailPace, notice_kinds
from kindwall.mail import mail_task
from notices import digests, gathered_mails, notice_mails
from notices.kinds.moderators import notify_of_overdue_stories
from notices.models import Notice, NoticePreference, WallDigest


@task
def prune_notices() -> None:
    """Delete the notices that are too old to be shown."""
    Notice.objects.prune()


@task
def send_overdue_notices() -> None:
    """Tell moderators of stories that wait for longer than their team promises."""
    notify_of_overdue_stories()


@task
def mail_new_notices(team: int, kind: str, topic: str) -> None:
    """Enqueue a mail for each person who wants this new notice by mail at once."""
    if kind not in notice_kinds:  # in another version
        return
    new = dict(Notice.objects.unmailed().filter(team=team, kind=kind, topic=topic).values_list("user", "pk"))
    paces = NoticePreference.objects.paces_of(new, [notice_kinds[kind]])
    for user, pk in new.items():
        if paces[user, kind] == MailPace.AT_ONCE:
            mail_notice.enqueue(pk)


@mail_task
def mail_notice(pk: int) -> None:
    notice = Notice.objects.unmailed().filter(pk=pk).first()
    if notice:
        notice_mails.write_notices(notice.user_id, notice.team_id, [notice])


@task
def enqueue_gathered_mails() -> None:
    gathered_mails.enqueue_due_mails()


@mail_task
def mail_gathered_notices(user: int, team: int, role: int) -> None:
    """Send a mail with the notices for this role, an index of notices.models.shown.ROLES."""
    notice_mails.write_notices(user, team, gathered_mails.notices_of(user, team, role))


@task
def enqueue_digests() -> None:
    digests.enqueue_due_digests()


@partial(mail_task, priority=-10)  # of many people at the same hour; other mails do not wait for them
def mail_digest(membership: int) -> None:
    digest = WallDigest.objects.unsent(membership)
    if digest:
        digests.write_digest(digest)
        digest.mark_sent()
