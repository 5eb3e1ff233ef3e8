"""Assigning a story to a colleague or to oneself, giving it back, and notes for the other moderators."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Refused
from accounts.names import isolated
from kindwall.htmx import is_htmx
from kindwall.numbers import read_number
from moderation.desk import Arrangement, DeskItem, last_entry
from moderation.desk_page import DeskPage
from moderation.forms.assignments import AssignmentForm, NoteForm
from moderation.lookup import get_submitted
from moderation.people import colleagues_among, read_people
from moderation.queue import Queue
from stories.models import Assignment, ModeratorNote, SentStory
from stories.models.moderator_note import LONGEST_NOTE


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def assign(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Assign the story to a colleague and go on to the next one, or to oneself and stay with it."""
    story, page = get_colleagues_story(membership, pk), DeskPage(request, membership)
    colleagues = colleagues_among(read_people(membership.team), membership, story)
    form = AssignmentForm(request.POST, auto_id=f"story-{pk}-assignment-%s", me=membership, colleagues=colleagues)
    if not form.is_valid():
        return unassigned(page, story, form)
    to, note = form.cleaned_data["colleague"], form.cleaned_data["note"]
    try:
        Assignment.assign(story, by=membership, to=to, note=note, replacing=form.cleaned_data["assigned"])
    except Refused as refused:
        form.add_error("colleague", str(refused))
        return unassigned(page, story, form)
    if to.pk == membership.pk:
        return page.stay(story, message=_("This story is assigned to you."))
    return page.go_on(story, message=_("%(name)s has it now.") % {"name": isolated(to.user.name)})


def unassigned(page: DeskPage, story: SentStory, form: AssignmentForm) -> HttpResponse:
    """Respond with the form, its words and the reason, or with the words alone where it is offered no more."""
    item = page.open_again(story)
    if item.assignment_form is None:
        item.overtaken_by, item.unsent = last_entry(story), form["note"].value() or ""
        return page.render(status=409, conflict=True)
    # Sent again, it replaces the assignment that is shown now.
    shown = item.assignment_form["assigned"].value()
    form.data = {name: form[name].value() for name in form.fields} | {"assigned": shown}
    item.assignment_form, item.open_form = form, "assignment"
    return page.render(status=422)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def give_back(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """End the assignment. Repeated, or where a colleague has it by now, it changes nothing."""
    story = get_colleagues_story(membership, pk)
    given_back = Assignment.give_back(story, by=membership)
    message = _("This story is assigned to nobody now.") if given_back else ""
    return DeskPage(request, membership).stay(story, message=message)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def add_note(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    story = get_colleagues_story(membership, pk)
    form = note_form(story, request.POST)
    if form.is_valid():
        try:
            ModeratorNote.write(story, by=membership, text=form.cleaned_data["note"])
        except Refused as refused:
            form.add_error("note", str(refused))
    if form.is_valid() and not is_htmx(request):
        messages.success(request, _("Your note is there for all moderators."), extra_tags="sent")
        return DeskPage(request, membership).redirect_to(pk)
    return notes_page(request, membership, story, form, status=200 if form.is_valid() else 422)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def delete_note(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    """Delete one's own note. Its words come back in the form, after those of a note that was begun there.

    Without JavaScript they come back once more where this page is loaded again.
    """
    story = get_colleagues_story(membership, pk)
    number = read_number(request.POST.get("number", ""))
    text = ModeratorNote.delete_own(story, number, by=membership) if number else ""
    begun, sent = request.POST.get("note", "").strip(), request.POST.get("words", "").strip()[:LONGEST_NOTE]
    words = "\n\n".join(filter(None, [begun, text or sent]))
    return notes_page(request, membership, story, note_form(story, initial={"note": words}))


def note_form(story: SentStory, data: QueryDict | None = None, **how: Any) -> NoteForm:
    return NoteForm(data, auto_id=f"story-{story.pk}-note-%s", **how)


def notes_page(
    request: HttpRequest, membership: Membership, story: SentStory, form: NoteForm, status: int = 200
) -> HttpResponse:
    """Respond with the notes on the story and the form: empty once its note is stored, else with its words."""
    page = DeskPage(request, membership)
    if is_htmx(request):
        written = Arrangement(notes=list(ModeratorNote.objects.on(story)))
        item = DeskItem(story=story, arrangement=written, note_form=form)
    else:
        item = page.open_again(story)
    if form.is_bound and form.is_valid():
        form = note_form(story)
    words = form["note"].value() or ""
    item.note_form, item.open_form = form, "note" if words or form.errors else ""
    if is_htmx(request):
        context = {"story": story, "item": item, "queue": Queue(page.selection)}
        return render(request, "moderation/notes.html#notes", context, status=status)
    if item.is_withdrawn:
        item.overtaken_by, item.unsent = last_entry(story), words
    return page.render(status=status)


def get_colleagues_story(membership: Membership, pk: int) -> SentStory:
    """Return the story, or raise Http404 where it is this moderator's own: they never learn of notes on it."""
    story = get_submitted(membership, pk)
    if story.author_id == membership.user_id:
        raise Http404
    return story
