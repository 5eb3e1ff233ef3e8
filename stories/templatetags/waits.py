"""The time within which moderators mean to decide, for authors."""

from django import template

from stories.wait_times import promise

register = template.Library()
register.filter(promise)
