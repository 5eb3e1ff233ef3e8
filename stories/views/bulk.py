"""Answering several waiting stories at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Reason, Refused
from kindwall import clock
from kindwall.htmx import is_htmx
from stories.desk import desk_item
from stories.forms import MessageForm
from stories.models import Letter, Overtaken, Story
from stories.queue import SHOWN, chosen, read_queue
from stories.views.decisions import decided
from stories.views.moderation import desk, get_story


@dataclass(frozen=True, slots=True)
class Failure:
    """One that was not answered, by whose it is and why."""

    story: Story
    why: str


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def bulk(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Publish or decline what is selected; what cannot be, is named one by one."""
    form = bulk_form(membership, request)
    chosen_ones = list(selected(membership, request.POST.getlist("story")))
    declining = request.POST.get("action") == "decline"
    if not chosen_ones or (declining and not form.is_valid()):
        return not_yet(request, membership, form, chosen_ones, declining=declining)
    letter = Letter(**{part: form.cleaned_data[part] for part in form.PARTS}) if declining else None  # type: ignore[typeddict-item]
    done: list[Story] = []
    failures: list[Failure] = []
    with clock.at(clock.now()):  # at the same moment, by which they are undone together
        for story, revision in chosen_ones:
            if why := answered(story, membership, revision, letter):
                failures.append(Failure(story, why))
            else:
                done.append(story)
    if not is_htmx(request):
        for failure in failures:
            messages.warning(request, f"{failure.story.author_name}: {failure.why}")
    return decided(request, membership, *done, failures=failures)


def answered(story: Story, membership: Membership, revision: int, letter: Letter | None) -> str:
    """Nothing where it worked, else the reason why not."""
    try:
        if letter:
            story.decline(by=membership, revision=revision, **letter)
        else:
            story.publish(by=membership, revision=revision)
    except Refused as refused:
        return str(refused)
    except Overtaken as overtaken:
        if overtaken.story.is_pending:
            return _("Its author has changed the text; please read it again.")
        return _("It is %(state)s already.") % {"state": overtaken.story.get_state_display()}
    return ""


def selected(membership: Membership, values: list[str]) -> Iterator[tuple[Story, int]]:
    """The stories that were ticked, each with the revision that was shown, as "5:1"."""
    read: dict[int, int] = {}
    for value in values[: 2 * SHOWN]:
        pk, _colon, revision = value.partition(":")
        if pk.isascii() and pk.isdigit() and revision.isascii() and revision.isdigit() and len(pk + revision) < 19:
            read[int(pk)] = int(revision)
    submitted = Story.objects.for_moderators(membership).ever_submitted().with_author_and_team()
    for story in submitted.filter_to(read):
        yield story, read[story.pk]


def bulk_form(membership: Membership, request: HttpRequest | None = None) -> MessageForm:
    data = None
    if request is not None:
        data = request.POST.copy()
        data["revision"] = "1"  # each story brings its own
    return MessageForm(data, auto_id="bulk-%s", reasons=Reason.objects.of(membership.team))


def not_yet(
    request: HttpRequest,
    membership: Membership,
    form: MessageForm,
    chosen_ones: list[tuple[Story, int]],
    *,
    declining: bool,
) -> HttpResponse:
    queue = read_queue(membership, chosen(request.POST.get("show", "")))
    first = get_story(membership, queue.after(None))
    context = {
        "bulk": form,
        "ticked": [story.pk for story, _revision in chosen_ones],
        "declining": declining,
        "said": "" if chosen_ones else _("Tick the stories that you mean first."),
    }
    item = desk_item(membership, first) if first else None
    return desk(request, membership, queue, item, opened=False, status=422, **context)
