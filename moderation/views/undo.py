"""Undoing a decision of the last seconds, or all of a bulk decision."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
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
from stories.models import AuditEntry, Overtaken
from stories.models.choices import LETTER_ACTIONS


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
    return undone_page(request, membership, undone, troubles or ([] if undone else [nothing_to_undo()]))


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
