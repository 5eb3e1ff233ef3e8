"""The composer: what is typed becomes a draft at once, and is given back whenever it cannot be saved or sent."""

import uuid
from collections.abc import Iterable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url

from accounts.models import Membership
from accounts.unsent_forms import pop_unsent_form
from kindwall.htmx import is_htmx
from kindwall.numbers import read_number
from stories.author_view import DECISION_UNSETTLED, author_views, diff_of_edit, why_read_first
from stories.forms import StoryForm
from stories.limits import Limit, Limited, limit_on_drafts, limit_on_saving, limit_on_sending
from stories.models import Overtaken, State, Story, StoryText
from stories.models.review import is_reviewed
from stories.wait_times import promise, usual_wait

WRITTEN_BEFORE = gettext_lazy("Here is what you wrote before you signed in. It is saved as a draft.")
CHANGED = gettext_lazy("Changed. Everybody sees the new text now.")
DRAFTS_OFFERED = 3
TOO_LONG = gettext_lazy("Not saved: this is much longer than a story can be.")


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def share(request: HttpRequest, membership: Membership) -> HttpResponse:
    if request.method == "POST":
        form = StoryForm(request.POST, submitting=wants_to_submit(request))
        empty = form.text == StoryText()
        return nothing_written(request, membership, form) if empty else compose(request, membership, form)
    typed = pop_unsent_form(request, {request.path})
    if typed and (form := StoryForm(typed.fields)).text != StoryText():
        return restore_unsent(request, membership, form)
    drafts = Story.objects.written_by(membership).drafts().with_original().last_touched_first()[:DRAFTS_OFFERED]
    return composer_page(request, membership, StoryForm.blank(reused_text(request, membership)), drafts=drafts)


def reused_text(request: HttpRequest, membership: Membership) -> StoryText:
    """Return the text of the author's own declined story that a new one begins with; empty where none is named."""
    pk = read_number(request.GET.get("from", ""))
    story = pk and Story.objects.written_by(membership).with_author_and_team().filter(pk=pk).first()
    return story.text if story and story.state_for_author() == State.DECLINED else StoryText()


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    written = Story.objects.written_by(membership).with_author_and_team().with_original()
    story = get_object_or_404(written, pk=pk)
    if request.method == "POST":
        if is_late_autosave(request, membership, story):
            return overtaken_page(request, membership, StoryForm(request.POST, stored=story.qualities), story)
        # A published story must stay complete while its author changes it.
        submitting = wants_to_submit(request) or changes_in_place(story, membership)
        form = StoryForm(request.POST, submitting=submitting, stored=story.qualities)
        return compose(request, membership, form, story)
    if typed := pop_unsent_form(request, {request.path}, {str(story.created_by_editor), str(story.saved_by_editor)}):
        return restore_unsent(request, membership, StoryForm(typed.fields, stored=story.qualities), story)
    if story.is_published and (opened := story.edit_under_way):
        return redirect("edit" if opened.is_editable else "story", team=membership.team.slug, pk=opened.pk)
    if story.is_changed_by_an_edit(membership):
        return composer_page(request, membership, StoryForm.of_change_to(story), story)
    if not story.may_be_edited_by(membership):
        if story.has_unsettled_decision:
            messages.warning(request, DECISION_UNSETTLED)
        return redirect(story)
    return composer_page(request, membership, StoryForm.of(story), story)


def compose(request: HttpRequest, membership: Membership, form: StoryForm, story: Story | None = None) -> HttpResponse:
    """Save what was typed, even where it is incomplete; then submit it where that was asked."""
    complete = form.is_valid()
    in_place = story is not None and changes_in_place(story, membership, form.text)
    if not form.can_be_saved or (in_place and not complete):
        return invalid_page(request, membership, form, story)
    limit = limit_on_sending(membership) if form.submitting and complete else limit_on_saving(request)
    if limit and (in_place or not form.submitting):
        return limited_page(request, membership, form, story, limit)
    try:
        # A story that is submitted at once does not count as a draft.
        story = save(form, membership, story, as_draft=limit is not None or not (form.submitting and complete))
    except Overtaken as overtaken:
        return overtaken_page(request, membership, form, overtaken.story)
    except Limited as limited:
        return limited_page(request, membership, form, story, limit or limited.limit)
    if limit:
        return limited_page(request, membership, form, story, limit)
    if in_place:
        messages.success(request, CHANGED)
        return redirect(story)
    if not form.submitting:
        return saved_response(request, membership, story)
    if complete and story.edit_of and story.text == story.edit_of.text:
        form.add_error("body", _("This is the text on the wall already. Change something first."))
    if form.errors:
        return composer_page(request, membership, form, story, status=422)
    return submitted(request, membership, story)


def changes_in_place(story: Story, membership: Membership, text: StoryText | None = None) -> bool:
    return story.is_published and not story.is_changed_by_an_edit(membership, text)


def nothing_written(request: HttpRequest, membership: Membership, form: StoryForm) -> HttpResponse:
    """Make no draft of an empty form."""
    if form.submitting:
        return composer_page(request, membership, form, status=422)
    if is_htmx(request):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    messages.info(request, _("There is nothing to keep yet. Write a word first."))
    return redirect("share", team=membership.team.slug)


def invalid_page(request: HttpRequest, membership: Membership, form: StoryForm, story: Story | None) -> HttpResponse:
    """Show what is wrong with a text that can be saved neither as a draft nor as a published story."""
    if is_htmx(request) and not form.submitting and not form.can_be_saved:
        return render(request, "stories/composer_fields.html#saved", {"unsaved": TOO_LONG}, status=422)
    return composer_page(request, membership, form, story, status=422)


def limited_page(
    request: HttpRequest, membership: Membership, form: StoryForm, story: Story | None, limit: Limit
) -> HttpResponse:
    """Show why the text was not accepted now, and give it back."""
    if is_htmx(request) and not form.submitting:
        context = {"unsaved": limit.reason}
        return limit.mark(render(request, "stories/composer_fields.html#saved", context, status=limit.status))
    if story:
        form.at_revision(story.revision)
    return limit.mark(composer_page(request, membership, form, story, status=limit.status, limit=limit))


def save(form: StoryForm, membership: Membership, story: Story | None = None, *, as_draft: bool = True) -> Story:
    """Save what was typed and return its story. Raises Overtaken, and Limited where there are too many drafts."""
    form.is_valid()
    editor = form.cleaned_data.get("composer") or uuid.uuid4()
    sequence = form.cleaned_data.get("turn") or 0
    revision = form.cleaned_data.get("revision") or 0
    original = story if story and story.is_changed_by_an_edit(membership, form.text) else None
    if original:
        # The form has the revision of the story; its edit is recognized by the editor alone.
        story, revision = original.edit_under_way, 0
    if story is None:
        if as_draft and (limit := limit_on_drafts(membership, editor)):
            raise Limited(limit)
        story, begun = Story.begin(by=membership, editor=editor, sequence=sequence, edit_of=original, text=form.text)
        if begun:
            return story
        if story.is_published:
            # A composer left open elsewhere must not save an unfinished text to a published story.
            raise Overtaken(story)
    story.revise(by=membership, revision=revision, editor=editor, sequence=sequence, text=form.text)
    return story


def restore_unsent(
    request: HttpRequest, membership: Membership, form: StoryForm, story: Story | None = None
) -> HttpResponse:
    """Save what was typed while signed out: in its own story where that is possible, otherwise as a new draft."""
    if not form.can_be_saved or (story and story.is_published and story.may_be_edited_by(membership)):
        return composer_page(request, membership, form, story)
    try:
        story = save(form, membership, story)
    except Overtaken as overtaken:
        if overtaken.story.text == form.text:
            return redirect(overtaken.story)
        story, _begun = Story.begin(by=membership, editor=uuid.uuid4(), text=form.text)
    except Limited as limited:
        return limited_page(request, membership, form, story, limited.limit)
    messages.info(request, WRITTEN_BEFORE)
    address = reverse("edit", kwargs={"team": membership.team.slug, "pk": story.pk})
    if address == request.path:
        return composer_page(request, membership, StoryForm.of(story), story)
    return redirect(address)


def saved_response(request: HttpRequest, membership: Membership, story: Story) -> HttpResponse:
    address = reverse("edit", kwargs={"team": membership.team.slug, "pk": story.pk})
    if is_htmx(request):
        response = render(request, "stories/composer_fields.html#saved", {"story": story, "saved": True})
        return replace_url(response, address)
    messages.success(request, _("Saved as a draft. Only you can see it."))
    return redirect(address)


def submitted(request: HttpRequest, membership: Membership, story: Story) -> HttpResponse:
    try:
        if story.submit(by=membership):
            messages.success(request, thanks(story))
    except Overtaken:
        pass  # submitted a moment ago from another tab: the story's page shows its state
    return redirect(story)


def thanks(story: Story) -> str:
    if story.state == State.ACCEPTED:
        return str(CHANGED)
    if story.edit_of_id:
        change = _("Thank you. Your change is waiting for review. Until then, the old text stays on the wall.")
        return " ".join([change, promise(story.team)]).strip()
    if story.is_published:
        return _("Thank you. Your story is published now.")
    return " ".join([_("Thank you. Your story is waiting for review."), promise(story.team)]).strip()


def overtaken_page(request: HttpRequest, membership: Membership, form: StoryForm, current: Story) -> HttpResponse:
    """Show the text that was saved elsewhere beside the one typed here."""
    if form.text == current.text and form.submitting:
        return redirect(current)  # the same button pressed twice
    if is_htmx(request) and not form.submitting:
        context = {"current": current, "decision_unsettled": current.has_unsettled_decision}
        return render(request, "stories/composer_fields.html#saved", context, status=409)
    if current.state == State.ACCEPTED and current.edit_of:
        current = current.edit_of
    if current.is_changed_by_an_edit(membership):
        form.as_a_new_one()
    else:
        form.at_revision(current.revision)
    return composer_page(
        request,
        membership,
        form,
        current,
        status=409,
        overtaken=True,
        decision_unsettled=current.has_unsettled_decision,
    )


def composer_page(
    request: HttpRequest,
    membership: Membership,
    form: StoryForm,
    story: Story | None = None,
    status: int = 200,
    *,
    limit: Limit | None = None,
    drafts: Iterable[Story] = (),
    **happened: bool,
) -> HttpResponse:
    """Show the composer. For a published story that is changed by an edit, it begins with a copy of the text.

    `drafts` are offered beside an empty form. `happened` may hold `overtaken` and `decision_unsettled`.
    """
    by_edit = story is not None and story.is_changed_by_an_edit(membership)
    in_place = story is not None and changes_in_place(story, membership)
    view = author_views([story])[0] if story else None
    being_written = by_edit or in_place or view is None or view.story.state == State.DRAFT
    context = {
        "form": form,
        "limit": limit,
        "drafts": drafts,
        "story": view.story if view else None,
        "conversation": view.messages if view else [],
        "usual_wait": usual_wait(membership.team),
        "original": story if by_edit else story and story.edit_of,
        "beginning": story is None or by_edit,
        "diff": diff_of_edit(story) if story and story.state == State.RETURNED else None,
        "in_place": in_place,
        "shows_status": bool(happened) or not being_written,
        "read_first": story.is_reviewed_first(membership) if story else is_reviewed(membership),
        "why_read_first": why_read_first(membership, story),
        "editable": by_edit or story is None or story.may_be_edited_by(membership),
    }
    return render(request, "stories/composer.html", {**context, **happened}, status=status)


def is_late_autosave(request: HttpRequest, membership: Membership, story: Story) -> bool:
    """Return whether a draft is saved automatically after it was published, or a published story is."""
    if not story.is_published or not is_htmx(request) or wants_to_submit(request):
        return False
    wrote_it = request.POST.get("composer", "") in (str(story.created_by_editor), str(story.saved_by_editor))
    return wrote_it or changes_in_place(story, membership)


def wants_to_submit(request: HttpRequest) -> bool:
    return request.POST.get("action") == "submit"
