"""Filters that show values of an export's document in words."""

from typing import Any

from django import template
from django.utils.formats import date_format

from accounts.models import DepartureChoice, Role
from archives.personal_export import read_time
from stories.models import Action, ReactionKind, Report, State, StoryText
from stories.models.text import TEXT_PARTS

register = template.Library()


@register.filter
def moment(text: str) -> str:
    return date_format(read_time(text), "DATETIME_FORMAT")


@register.filter
def past_of(action: str) -> str:
    return Action(action).past


@register.filter
def role_name(role: str) -> str:
    return str(Role(role).label)


@register.filter
def parting_name(choice: str) -> str:
    return str(DepartureChoice.Choice(choice).label)


@register.filter
def text_facts(story: dict[str, Any]) -> list[str]:
    return StoryText(**{part: story[part] for part in TEXT_PARTS}).facts


@register.filter
def state_name(state: str) -> str:
    return str(State(state).label)


@register.filter
def reaction_name(kind: str) -> str:
    return str(ReactionKind(kind).label)


@register.filter
def report_name(reason: str) -> str:
    return str(Report.Reason(reason).label)
