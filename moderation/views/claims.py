"""Who is reading a story at the desk, and handing one to a colleague."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Refused
from kindwall.htmx import is_htmx
from moderation.desk import author_and_colleagues, desk_item
from moderation.forms.decisions import HandForm
from moderation.queue import chosen, next_in_line, read_queue
from moderation.views.decisions import get_submitted
from moderation.views.desk import desk, desk_address, get_story
from stories.models import Claim, SentStory


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def claim(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """I am reading this one: said again and again while it lies open, also where it has been answered meanwhile."""
    story = get_submitted(membership, pk)
    # To read one's own keeps it from nobody, and who has it is between colleagues.
    can_be_held = story.is_pending and not story.is_for_colleagues_of(membership)
    held = Claim.take(story, by=membership) if can_be_held else None
    if not is_htmx(request):
        return redirect(desk_address(membership, chosen(request.POST.get("show", "")), story.pk))
    if held is None:
        return HttpResponse(status=204)
    context = {"story": story, "claim": held}
    return render(request, "moderation/story.html#claim", context)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def hand(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    story = get_waiting(membership, pk)
    _author, able = author_and_colleagues(membership, story)
    form = HandForm(request.POST, auto_id=f"story-{pk}-hand-%s", colleagues=able)
    if form.is_valid():
        colleague = form.cleaned_data["colleague"]
        try:
            Claim.hand(story, by=membership, to=colleague, note=form.cleaned_data["note"])
        except Refused as refused:
            form.add_error("colleague", str(refused))
        else:
            return handed(request, membership, story, colleague)
    item = desk_item(membership, story)
    item.hand, item.opened = form, "hand"
    queue = read_queue(membership, chosen(request.POST.get("show", "")))
    return desk(request, membership, queue, item, opened=True, status=422)


def handed(request: HttpRequest, membership: Membership, story: SentStory, to: Membership) -> HttpResponse:
    said = _("%(name)s has it now.") % {"name": to.user.name}
    show = chosen(request.POST.get("show", ""))
    following = next_in_line(membership, show, story)
    if not is_htmx(request):
        messages.success(request, said)
        return redirect(desk_address(membership, show, following))
    read = get_story(membership, following)
    item = desk_item(membership, read) if read else None
    return desk(request, membership, read_queue(membership, show), item, opened=True, said=said)


def get_waiting(membership: Membership, pk: int) -> SentStory:
    waiting = SentStory.objects.for_moderators(membership).waiting().with_author_and_team()
    story: SentStory = get_object_or_404(waiting, pk=pk)  # type: ignore[assignment]
    return story
