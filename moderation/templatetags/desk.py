"""The heading of the desk, which is also an attribute of the list, and the links between its lists and pages."""

from dataclasses import replace
from typing import Any

from django import template
from django.template.context import Context
from django.utils.translation import gettext, ngettext

from moderation.addresses import desk_address

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_heading(context: Context) -> str:
    """Say how many stories need this moderator."""
    number: Any = context["header_counts"].needs_moderator
    if not number:
        return gettext("Nothing needs you.")
    return ngettext("One story needs you", "%(number)s stories need you", number) % {"number": number}


@register.simple_tag(takes_context=True)
def desk_link(context: Context, **changes: Any) -> str:
    """Return the address of the desk's first page with the present selection, but for these changes."""
    selection = replace(context["queue"].selection, **{"after": "", **changes})
    return desk_address(context["membership"], selection)
