"""Times and waits in words."""

from datetime import datetime, timedelta

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from stories import cards, note_shape

register = template.Library()


@register.simple_tag
def silence() -> int:
    """Return the milliseconds without a message after which a page reconnects its live stream: over two heartbeats."""
    return int(settings.LIVE_HEARTBEAT * 2250)


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago it was, as words of a sentence."""
    return cards.age_or_date(moment, timezone.now())


@register.simple_tag
def age(moment: datetime) -> SafeString:
    """Return how long ago it was, as an element that stays true while the page is open."""
    return format_html('<time-ago><time datetime="{}">{}</time></time-ago>', moment.isoformat(), ago(moment))


@register.filter
def how_long(wait: timedelta) -> str:
    """Describe a wait roughly: “35 minutes”, “about 3 hours”, “about 2 days”."""
    minutes = max(1, round(wait / timedelta(minutes=1)))
    if minutes < 60:
        return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    hours = round(minutes / 60)
    if hours < 36:
        return ngettext("about %(number)d hour", "about %(number)d hours", hours) % {"number": hours}
    days = round(hours / 24)
    return ngettext("about %(number)d day", "about %(number)d days", days) % {"number": days}


@register.filter
def since(moment: datetime) -> timedelta:
    return timezone.now() - moment


@register.filter
def note_size(body: str) -> str:
    return note_shape.size(str(body))
