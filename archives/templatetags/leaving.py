"""Until when somebody can still change their mind about going."""

from datetime import datetime

from django import template
from django.template import Context

from archives.models.deletion import LEAVING

register = template.Library()


@register.simple_tag(takes_context=True)
def leaving_at(context: Context) -> datetime | None:
    """When this page's person will be gone; their session knows, so that no page has to ask the database."""
    session = getattr(context.get("request"), "session", None)
    at = session.get(LEAVING) if session is not None else None
    return datetime.fromisoformat(at) if at else None
