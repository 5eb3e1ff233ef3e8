"""Filters that show e-mail addresses."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.addresses import is_nowhere, readable_address

register = template.Library()
register.filter(is_nowhere)


@register.filter
def readable(email: str) -> str:
    """Return the address, or the domain, as people write it."""
    return _("no address") if is_nowhere(email) else readable_address(email)


@register.filter
def breakable(email: str) -> SafeString:
    """Let the line break after the @, and not within a word."""
    local, at, domain = readable(email).rpartition("@")
    return format_html("{}{}<wbr>{}", local, at, domain)
