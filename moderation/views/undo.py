"""Undoing a decision of the last seconds, or all of a bulk decision."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Refused
from accounts.names import isolated
from kindwall.htmx import is_htmx
from moderation.desk_page import DeskPage
from moderation.lookup import find_story
from moderation.undone_letters import reopen_letters
from stories.cards import Card
from stories.models import AuditEntry, Overtaken, seen_by
from stories.models.choices import LETTER_ACTIONS
from stories.wall import own_reactions


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def undo(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    entries = AuditEntry.objects.of(membership.team).with_numbers(request.POST.getlist("entry"))
    undone: list[AuditEntry] = []
    troubles: list[str] = []
    for entry in entries:
        try:
            entry.story.undo(entry, by=membership)
            undone.append(entry)
        except Refused as refused:
            troubles.append(str(refused))
        except Overtaken as overtaken:
            name = overtaken.story.author_name
            troubles.append(
                _("%(author)s’s story has gone on meanwhile, so it stays as it is.") % {"author": isolated(name)}
            )
    if is_htmx(request) and "card" in request.POST:
        return undone_card(request, membership, entries, troubles)
    return undone_page(request, membership, undone, troubles or ([] if undone else [nothing_to_undo()]))


def undone_card(
    request: HttpRequest, membership: Membership, entries: Iterable[AuditEntry], troubles: list[str]
) -> HttpResponse:
    """Respond with the card of the story that is back on the wall, or with why it is not."""
    story = next((entry.story for entry in entries), None)
    story = story and seen_by(membership, [story.pk]).get(story.pk)
    if troubles or story is None or not story.is_published:
        return render(request, "moderation/removal.html#late", {"why": " ".join(troubles) or nothing_to_undo()})
    pressed = own_reactions(membership.user_id, [story.pk])[story.pk]
    card = Card.of(story, membership.team.slug)
    path = urlsplit(request.htmx.current_url_abs_path or "").path  # type: ignore[attr-defined]
    alone = path == story.get_absolute_url()
    return HttpResponse(card.draw(pressed, timezone.now(), reader=membership.user_id, alone=alone))


def undone_page(
    request: HttpRequest, membership: Membership, undone: list[AuditEntry], troubles: list[str]
) -> HttpResponse:
    """Respond with the first story that was undone, and with its letter.

    The decision may have been undone before, and the story have gone on since.
    """
    page, pk = DeskPage(request, membership), (undone[0].story_id if undone else None)
    done = _("Undone.") if undone else ""
    if not is_htmx(request):
        for trouble in troubles:
            messages.warning(request, trouble)
        if done:
            messages.success(request, done)
        return page.redirect_to(pk, letter=[entry.pk for entry in undone if entry.action in LETTER_ACTIONS])
    if story := find_story(membership, pk):
        page.open(story)
    else:
        page.open_first()
    letters = reopen_letters(membership, page.item, undone)
    return page.render(message=" ".join([done, *troubles]).strip(), **letters)


def nothing_to_undo() -> str:
    return _("It is too late to undo this. You can take a new decision.")
