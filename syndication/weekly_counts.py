"""The count of a week's stories, which some channels get instead of the stories, on Monday morning.

A week begins and ends on Monday at midnight in the time zone of the installation. It is named in a delivery's source as
in ISO 8601, so that it is sent to a channel once, and counts the same at every attempt.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Team
from kindwall import clock
from stories.models import Story
from syndication.models import Channel, Delivery, EventType

HOUR_OF_COUNTS = 9
DAYS_LATE = 2  # after which a week that could not be counted is no news any more
WEEK_SOURCE_PREFIX = "week-"


def record_due() -> None:
    """Record the deliveries of the week that has ended, from Monday morning on. One query where nothing is due."""
    now = timezone.localtime(clock.now(), timezone.get_default_timezone())
    monday = now - timedelta(days=now.weekday())
    due = monday.replace(hour=HOUR_OF_COUNTS, minute=0, second=0, microsecond=0)
    if not due <= now < due + timedelta(days=DAYS_LATE):
        return
    week = name_of_week(monday - timedelta(days=7))
    for channel in waiting_for(week, due):
        Delivery.record(channel, EventType.WEEKLY_COUNT, source=WEEK_SOURCE_PREFIX + week)


def waiting_for(week: str, due: datetime) -> Iterable[Channel]:
    """Return the channels that were connected before, have not got this week, and whose team had stories in it."""
    start, end = bounds_of(week)
    stories = Story.objects.published().published_between(start, end).filter(team=OuterRef("team"))
    recorded = Delivery.objects.filter(channel=OuterRef("pk"), source=WEEK_SOURCE_PREFIX + week)
    channels = Channel.objects.active().of_weekly_counts().filter(created_at__lt=due)
    return channels.filter(Exists(stories)).exclude(Exists(recorded)).order_by("pk")


def count_for(delivery: Delivery, team: Team) -> int:
    """Return how many stories of the week are on the wall now."""
    return Story.objects.of(team).published().published_between(*bounds_of(week_of(delivery))).count()


def week_of(delivery: Delivery) -> str:
    return delivery.source.removeprefix(WEEK_SOURCE_PREFIX)


def name_of_week(day: datetime) -> str:
    """Return a name such as 2026-W48."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def bounds_of(week: str) -> tuple[datetime, datetime]:
    """Return the first moment of the week and of the next."""
    first = date.fromisoformat(f"{week}-1")
    zone = timezone.get_default_timezone()
    start, end = (datetime.combine(day, time(), zone) for day in (first, first + timedelta(days=7)))
    return start, end
