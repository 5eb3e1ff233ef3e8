"""How long a story waits, as its author is told."""

from django import template

from stories.wait_times import promise

register = template.Library()
register.filter(promise)
