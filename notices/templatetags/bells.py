"""The bell of a team's page."""

from django import template
from django.template import Context

from notices.bell import Bell, needs_author_in_words

register = template.Library()
register.filter(needs_author_in_words)


@register.simple_tag(takes_context=True)
def bell_of_team(context: Context) -> Bell:
    """Return the bell from the counts that the page's header has read, without a query."""
    return Bell.of(context["membership"], context["header_counts"])
