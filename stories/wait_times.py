"""The time that a story usually waits for a moderator, and the time that the team aims at."""

from datetime import timedelta
from statistics import median

from django.utils.translation import gettext, ngettext

from accounts.models import Team
from stories.models import Story

RECENT = 30  # decisions from which the usual wait is calculated


def usual_wait(team: Team) -> timedelta | None:
    """Return the median time from submission to decision of the latest decisions; None before the first."""
    moments = Story.objects.of(team).recently_decided().values_list("submitted_at", "decided_at")[:RECENT]
    waits = [(decided - submitted).total_seconds() for submitted, decided in moments if submitted and decided]
    return timedelta(seconds=median(waits)) if waits else None


def promise(team: Team) -> str:
    """Tell authors within which time the team’s moderators mean to decide; empty where they promise nothing."""
    hours = team.answer_hours
    if not hours:
        return ""
    if hours == 1:
        return gettext("The moderators aim to decide within an hour.")
    if hours == 24:
        return gettext("The moderators aim to decide within a day.")
    if hours % 24:
        within = ngettext(
            "The moderators aim to decide within %(number)d hour.",
            "The moderators aim to decide within %(number)d hours.",
            hours,
        )
        return within % {"number": hours}
    within = ngettext(
        "The moderators aim to decide within %(number)d day.",
        "The moderators aim to decide within %(number)d days.",
        hours // 24,
    )
    return within % {"number": hours // 24}
