"""Icons from one sprite, which browsers cache."""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def mark(name: str, css: str = "") -> SafeString:
    """Return the icon with that id in static/img/marks.svg, hidden from screen readers: text beside it names it."""
    return format_html(
        '<svg class="mark{}{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        " " if css else "",
        css,
        static("img/marks.svg"),
        name,
    )
