"""A filter that shows e-mail addresses."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def breakable(email: str) -> SafeString:
    """Let the line break after the @, and not within a word."""
    local, at, domain = email.rpartition("@")
    return format_html("{}{}<wbr>{}", local, at, domain)
