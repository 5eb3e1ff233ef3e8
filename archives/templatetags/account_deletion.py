"""The banner's tag: when the account of the person who reads the page will be deleted."""

from datetime import datetime

from django import template
from django.template import Context

from archives.models.deletion import DUE_AT_KEY

register = template.Library()


@register.simple_tag(takes_context=True)
def deletion_due_at(context: Context) -> datetime | None:
    """Return when the reader's account will be deleted, from their session, so that no page needs a query for it."""
    session = getattr(context.get("request"), "session", None)
    at = session.get(DUE_AT_KEY) if session is not None else None
    return datetime.fromisoformat(at) if at else None
