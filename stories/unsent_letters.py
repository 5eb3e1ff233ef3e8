"""Letters that a moderator sent after the session had ended."""

from django.http import HttpRequest
from django.urls import resolve

from accounts.models import Membership
from accounts.unsent_forms import unsent_form
from stories.models import Action, Story, seen_by
from stories.models.choices import LETTER_ACTIONS


def story_of_unsent_letter(request: HttpRequest, membership: Membership) -> Story | None:
    """Return the story that the letter kept in this session is about."""
    typed = unsent_form(request)
    if typed is None:
        return None
    # The names of the addresses that take a letter to an author, or their text without its typo.
    address = resolve(typed.path)
    if address.url_name not in (*LETTER_ACTIONS, Action.FIX) or address.kwargs["team"] != membership.team.slug:
        return None
    return seen_by(membership, [address.kwargs["pk"]]).get(address.kwargs["pk"])
