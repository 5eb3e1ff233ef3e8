"""The front door: my team's wall, a choice of teams, or a welcome for a visitor."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import person
from accounts.models import Membership

# What hangs on such a wall: written for this page, so that a visitor reads nobody's real story.
EXAMPLES = (
    {
        "kind": "given",
        "qualities": ["respect"],
        "body": "Asked the night porter about his thesis. It is about moss. It is wonderful.",
    },
    {
        "kind": "received",
        "qualities": ["hope"],
        "body": "“I’ve seen you do harder things than this.” Then she went back to her desk, and I did it.",
    },
    {"kind": "given", "qualities": ["positivity"], "body": "Popcorn. For the budget meeting."},
    {
        "kind": "witnessed",
        "qualities": ["consideration", "peace"],
        "body": "The cleaner’s trolley had a squeaking wheel. Tomasz came back after lunch with a drop of oil and "
        "turned it over on the landing, with her holding the light.",
    },
    {"kind": "received", "qualities": ["love"], "body": "She waited for me to find the word."},
    {
        "kind": "witnessed",
        "qualities": ["encouragement"],
        "body": "Before the vote, Ines asked the one person who had not spoken. He had the reason none of us had "
        "thought of. She thanked him by name in the minutes.",
    },
)


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "accounts/welcome.html", {"examples": EXAMPLES})
    memberships = list(Membership.objects.of(person(request)))
    if len(memberships) == 1:
        return redirect(memberships[0].team)
    return render(request, "accounts/teams.html", {"memberships": memberships})
