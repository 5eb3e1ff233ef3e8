"""Filters that show values of an export's document in words."""

from django import template
from django.utils.formats import date_format

from accounts.models import DepartureChoice, Role
from archives.personal_export import read_time
from stories.models import Action, Kind, Quality, ReactionKind, Report, State

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
def kind_name(kind: str) -> str:
    return str(Kind(kind).label)


@register.filter
def quality_name(quality: str) -> str:
    return str(Quality(quality).label)


@register.filter
def state_name(state: str) -> str:
    return str(State(state).label)


@register.filter
def reaction_name(kind: str) -> str:
    return str(ReactionKind(kind).label)


@register.filter
def report_name(reason: str) -> str:
    return str(Report.Reason(reason).label)
