"""Icons from one sprite, which browsers cache."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def mark(name: str, css: str = "") -> SafeString:
    """Return the icon of that name (static/css/mark.css), hidden from screen readers: text beside it names it."""
    return format_html('<span class="mark mark-{}{}{}" aria-hidden="true"></span>', name, " " if css else "", css)
