"""Words for kinds, qualities and states in the reader's language."""

from django import template

from stories.models import Kind, Quality
from stories.status import badge, explanation, state_heading

register = template.Library()
register.filter("status_badge", badge)
register.filter("status_heading", state_heading)
register.filter("status_explanation", explanation)


@register.filter
def kind_word(kind: str) -> str:
    return str(Kind(kind).label)


@register.filter
def quality_word(quality: str) -> str:
    return str(Quality(quality).label)
