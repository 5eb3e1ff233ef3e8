"""Times as people say them."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone

from stories import cards

register = template.Library()


@register.filter
def ago(moment: datetime) -> str:
    return cards.age(moment, timezone.now())


@register.filter
def how_long(wait: timedelta) -> str:
    """A wait, roughly: “35 minutes”, “about 3 hours”, “about 2 days”."""
    minutes = max(1, round(wait / timedelta(minutes=1)))
    if minutes < 60:
        return cards.plural(minutes, "minute")
    hours = round(minutes / 60)
    if hours < 36:
        return "about " + cards.plural(hours, "hour")
    return "about " + cards.plural(round(hours / 24), "day")


@register.filter
def since(moment: datetime) -> timedelta:
    return timezone.now() - moment


@register.filter
def note_size(body: str) -> str:
    return cards.size(body)
