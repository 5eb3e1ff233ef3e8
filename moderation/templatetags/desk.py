"""The heading of the desk, which is also an attribute of the list."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.translation import gettext, ngettext

from moderation.queue import Show

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_heading(context: Context) -> str:
    """Say how many stories wait. Where the list stays as the browser has it, an empty list means nothing."""
    waiting: Any = context["header_counts"].waiting
    queue = context["queue"]
    is_empty = queue.show is Show.ALL and not queue.rows and not context.get("list_stays")
    if waiting == 0 or is_empty:
        return gettext("Nobody is waiting.")
    if not waiting:
        return gettext("Stories are waiting")
    return ngettext("One story is waiting", "%(number)s stories are waiting", waiting) % {"number": waiting}
