"""Periodic jobs on notices."""

from django.tasks import task

from notices.kinds.moderators import notify_of_overdue_stories
from notices.models import Notice


@task
def prune_notices() -> None:
    """Delete the notices that are too old to be shown."""
    Notice.objects.prune()


@task
def send_overdue_notices() -> None:
    """Tell moderators of stories that wait for longer than their team promises."""
    notify_of_overdue_stories()
