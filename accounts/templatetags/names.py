"""Filters for names in the middle of a sentence, which may be read in another direction than the sentence."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.names import isolated

register = template.Library()
register.filter(isolated)


@register.filter
def bdi(name: object) -> SafeString:
    """Return the name as an element of its own direction. In an attribute or a title use `isolated`."""
    return format_html("<bdi>{}</bdi>", name)
