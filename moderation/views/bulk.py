"""ReaderActions several waiting stories at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Refused
from kindwall import clock
from kindwall.htmx import is_htmx
from kindwall.numbers import read_number
from moderation.desk import desk_item
from moderation.forms.decisions import MessageForm
from moderation.letters import as_read, letter_to_several
from moderation.queue import SHOWN, chosen, next_in_line, read_queue
from moderation.views.desk import asked_for, desk, desk_address, get_story
from stories.models import Action, Letter, Overtaken, SentStory


@dataclass(frozen=True, slots=True)
class Failure:
    """One that was not answered, by whose it is and why."""

    story: SentStory
    why: str


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def bulk(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """Publish or decline what is selected; what cannot be, is named one by one."""
    action = request.POST.get("action")
    form = None if action == "publish" else letter_to_several(membership, request.POST, sent=action == "decline")
    chosen_ones = list(selected(membership, request.POST.getlist("story")))
    if not chosen_ones or (form and not form.is_valid()):
        return not_yet(request, membership, form, chosen_ones)
    letter = Letter(**{part: form.cleaned_data[part] for part in form.PARTS}) if form else None  # type: ignore[typeddict-item]
    done: list[SentStory] = []
    failures: list[Failure] = []
    with clock.at(clock.now()):  # at the same moment, by which they are undone together
        for story, revision in chosen_ones:
            if why := answered(story, membership, revision, letter):
                failures.append(Failure(story, why))
            else:
                done.append(story)
    if not is_htmx(request) and not form:
        for failure in failures:
            messages.warning(request, f"{failure.story.author_name}: {failure.why}")
    return bulk_done(request, membership, done, failures, declining=form is not None)


def bulk_done(
    request: HttpRequest, membership: Membership, done: list[SentStory], failures: list[Failure], *, declining: bool
) -> HttpResponse:
    """Back to the list, and to the story that lies open beside it, unless it was one of these.

    A letter that has not reached everybody is there still, for those who were left as they are.
    """
    show = chosen(request.POST.get("show", ""))
    queue = read_queue(membership, show)
    reading = asked_for(membership, request.POST.get("reading", ""))
    if reading is None or not reading.is_pending:
        reading = get_story(membership, next_in_line(membership, show, done[-1]) if done else queue.first)
    unsent = letter_to_several(membership, request.POST, sent=False) if declining and failures else None
    if not is_htmx(request) and not unsent:
        return redirect(desk_address(membership, show, reading.pk if reading else None))
    item = desk_item(membership, reading) if reading else None
    return desk(
        request,
        membership,
        queue,
        item,
        opened=False,
        status=409 if unsent else 200,
        failures=failures,
        bulk=unsent,
        ticked=[failure.story.pk for failure in failures],
    )


def answered(story: SentStory, membership: Membership, revision: int, letter: Letter | None) -> str:
    """Nothing where it worked, else the reason why not."""
    try:
        if letter:
            story.itself.decline(by=membership, revision=revision, **letter)
        else:
            story.itself.publish(by=membership, revision=revision)
    except Refused as refused:
        return str(refused)
    except Overtaken as overtaken:
        if overtaken.story.is_pending:
            return _("Its author has changed the text; please read it again.")
        return _("It is %(state)s already.") % {"state": overtaken.story.get_state_display()}
    return ""


def selected(membership: Membership, values: list[str]) -> Iterator[tuple[SentStory, int]]:
    """The stories that were ticked, each with the revision that was shown, as "5:1"."""
    read: dict[int, int] = {}
    for value in values[: 2 * SHOWN]:
        pk, _colon, revision = value.partition(":")
        numbers = read_number(pk), read_number(revision)
        if numbers[0] is not None and numbers[1] is not None:
            read[numbers[0]] = numbers[1]
    submitted = SentStory.objects.for_moderators(membership).ever_submitted().with_author_and_team()
    for story in submitted.filter_to(read):
        yield story, read[story.pk]


def not_yet(
    request: HttpRequest, membership: Membership, form: MessageForm | None, chosen_ones: list[tuple[SentStory, int]]
) -> HttpResponse:
    """Something is missing: a tick, or the letter, or a part of it."""
    queue = read_queue(membership, chosen(request.POST.get("show", "")))
    reading = asked_for(membership, request.POST.get("reading", "")) or get_story(membership, queue.first)
    item = desk_item(membership, reading) if reading else None
    asked = chosen_ones and form and not form.is_bound
    return desk(
        request,
        membership,
        queue,
        item,
        opened=False,
        status=200 if asked else 422,
        bulk=form,
        preview=as_read(Action.DECLINE, form.preview()) if form and form["message"].value() else None,
        ticked=[story.pk for story, _revision in chosen_ones],
        said="" if chosen_ones else _("Tick the stories that you mean first."),
    )
