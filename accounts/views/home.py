"""The home page: a team's wall, a choice of teams, or a welcome for visitors."""

from django.contrib.auth.decorators import login_not_required
from django.core.validators import slug_re
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import person
from accounts.admission import signup_is_open
from accounts.last_team import LAST_TEAM
from accounts.models import Installation, Membership, Team
from accounts.views.teams import teams

# Stories written for this page, so that visitors read nobody's real one.
EXAMPLES = (
    {
        "kind": "given",
        "qualities": ["respect"],
        "body": _("Asked the night porter about his thesis. It is about moss. It is wonderful."),
    },
    {
        "kind": "received",
        "qualities": ["hope"],
        "body": _("“I’ve seen you do harder things than this.” Then she went back to her desk, and I did it."),
    },
    {"kind": "given", "qualities": ["positivity"], "body": _("Popcorn. For the budget meeting.")},
    {
        "kind": "witnessed",
        "qualities": ["consideration", "peace"],
        "body": _(
            "The cleaner’s trolley had a squeaking wheel. Tomasz came back after lunch with a drop of oil and "
            "turned it over on the landing, with her holding the light."
        ),
    },
    {"kind": "received", "qualities": ["love"], "body": _("She waited for me to find the word.")},
    {
        "kind": "witnessed",
        "qualities": ["encouragement"],
        "body": _(
            "Before the vote, Ines asked the one person who had not spoken. He had the reason none of us had "
            "thought of. She thanked him by name in the minutes."
        ),
    },
)


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        if Installation.can_be_set_up_by(None):
            return redirect("setup")
        return render(request, "accounts/welcome.html", {"examples": EXAMPLES, "may_sign_up": signup_is_open(request)})
    mine = person(request).memberships_by_slug
    if last := last_membership(mine, request.COOKIES.get(LAST_TEAM, "")):
        return redirect(last.team)
    if len(mine) == 1:
        return redirect(next(iter(mine.values())).team)
    if not mine and Installation.can_be_set_up_by(person(request)):
        return redirect("setup")
    return teams(request)


def last_membership(mine: dict[str, Membership], slug: str) -> Membership | None:
    """Return the membership by its team's present or former slug, which comes from a cookie and may be any text."""
    if slug in mine or not slug_re.match(slug):
        return mine.get(slug)
    team = Team.objects.at(slug)
    return mine.get(team.slug) if team else None
