"""The product's fixed words in the reader's language."""

from django import template

from stories.models import Kind, Quality

register = template.Library()


@register.filter
def kind_word(kind: str) -> str:
    return str(Kind(kind).label)


@register.filter
def quality_word(quality: str) -> str:
    return str(Quality(quality).label)
