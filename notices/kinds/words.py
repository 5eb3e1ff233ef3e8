"""Words and days that several kinds of notices share."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from accounts.names import isolated
from stories.models import Story

EXCERPT = 90  # letters


def people_in_words(names: Sequence[str]) -> str:
    """Return one or two names, and the number of the others; the first ones first."""
    first = isolated(names[0])
    if len(names) == 1:
        return first
    if len(names) == 2:
        return gettext("%(first)s and %(second)s") % {"first": first, "second": isolated(names[1])}
    others = len(names) - 2
    words = ngettext(
        "%(first)s, %(second)s and %(number)d other",
        "%(first)s, %(second)s and %(number)d others",
        others,
    )
    return words % {"first": first, "second": isolated(names[1]), "number": others}


def excerpt_of(story: Story) -> str:
    """Return the beginning of the story in one line."""
    return Truncator(" ".join(story.body.split())).chars(EXCERPT)


def local_date(moment: datetime) -> str:
    """Return the installation's date of that moment, by which notices are grouped."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date().isoformat()


def within(column: str) -> Q:
    """Return the condition that this moment is between the first and the last addition to the outer query's notice."""
    return Q(**{f"{column}__gte": OuterRef("created_at"), f"{column}__lte": OuterRef("updated_at")})
