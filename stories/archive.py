"""The archive of a wall: the months in which stories were published."""

from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Team
from stories.models import Story
from stories.wall_filter import bounds

MOST_MONTHS = 1_200  # a hundred years


def months_by_year(team: Team) -> dict[int, list[date]]:
    """Return the first days of the months with published stories, the latest first, by year; three queries."""
    published = Story.objects.of(team).published().newest_first()
    newest, oldest = published.first(), published.reverse().first()
    if newest is None or oldest is None:
        return {}
    assert newest.published_at is not None
    assert oldest.published_at is not None
    first, last = (timezone.localtime(story.published_at).date() for story in (oldest, newest))
    years: dict[int, list[date]] = {}
    for month in with_stories(team, months_back(last, to=first)):
        years.setdefault(month.year, []).append(month)
    return years


def months_back(last: date, *, to: date) -> list[date]:
    """Return the first days of the months from the one of `last` back to the one of `to`."""
    months = [last.replace(day=1)]
    while months[-1] > to and len(months) < MOST_MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def with_stories(team: Team, months: list[date]) -> list[date]:
    """Return those of the months in which stories were published.

    Written as SQL: one look into the index for each month, however many stories it has.
    """
    adapt = connection.ops.adapt_datetimefield_value
    look = (
        "EXISTS (SELECT 1 FROM stories_story WHERE team_id = %s AND state = 'published' "
        "AND published_at >= %s AND published_at < %s)"
    )
    parameters = [value for month in months for value in (team.pk, *map(adapt, bounds(month)))]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([look] * len(months))}", parameters)
        return [month for month, has_stories in zip(months, cursor.fetchone(), strict=True) if has_stories]
