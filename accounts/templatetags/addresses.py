"""E-mail addresses as they are read."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def breakable(email: str) -> SafeString:
    """Where there is no room for it on one line it goes on after the @, and not within a word."""
    local, at, domain = email.rpartition("@")
    return format_html("{}{}<wbr>{}", local, at, domain)
