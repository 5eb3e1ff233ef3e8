"""What a team's header tells moderators, and what its authors are promised."""

from typing import Any

from django import template
from django.template.context import RequestContext

from stories.desk import Standing, promise, standing

register = template.Library()
register.filter(promise)


@register.simple_tag(takes_context=True)
def waiting_here(context: RequestContext) -> int:
    """How many stories wait for a moderator; 0 for members, who are not told. A page that knows it is not asked."""
    known: Any = context.get("standing")
    if known is None:
        # Beneath all blocks, so that the next one to ask need not ask the database.
        known = standing(context["membership"])
        beneath: dict[str, Any] = context.dicts[0]
        beneath["standing"] = known
    shown: Standing = known
    return shown.waiting
