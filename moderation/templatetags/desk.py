"""The heading of the desk, which is also an attribute of the list."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.translation import gettext, ngettext

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_heading(context: Context) -> str:
    """Say how many stories need this moderator."""
    number: Any = context["header_counts"].needs_moderator
    if not number:
        return gettext("Nothing needs you.")
    return ngettext("One story needs you", "%(number)s stories need you", number) % {"number": number}
