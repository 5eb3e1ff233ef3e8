"""An author takes a published story down, puts it back, and deletes drafts and stories that are taken down."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Membership
from stories import deleted_story
from stories.limits import limit_on_drafts, limit_on_sending
from stories.models import Overtaken, Refused, Story
from stories.views.story import get_authored, warn_of_new_state


@require_POST
def take_down(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    try:
        if story.take_down(by=membership):
            messages.success(request, _("Taken down. Only you and the moderators can see it now."))
    except Overtaken as overtaken:
        warn_of_new_state(request, overtaken.story)
    return redirect(story)


@require_POST
def put_back(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    story = get_authored(membership, pk)
    if limit := limit_on_sending(membership):
        messages.warning(request, limit.reason)
        return redirect(story)
    try:
        if story.put_back(by=membership):
            published = _("Your story is on the wall again.")
            waits = _("Your story is waiting for review. A moderator will read it soon.")
            messages.success(request, published if story.is_published else waits)
    except Overtaken as overtaken:
        warn_of_new_state(request, overtaken.story)
    return redirect(story)


@require_POST
def delete_story(request: HttpRequest, membership: Membership, pk: int) -> HttpResponse:
    deleted = deleted_story.find(request, membership)
    if deleted and deleted.pk == pk:  # the same button pressed twice
        return redirect("mine", team=membership.team.slug)
    story = get_authored(membership, pk)
    try:
        story.discard(by=membership)
    except Overtaken as overtaken:
        warn_of_new_state(request, overtaken.story)
        return redirect(story)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect(story)
    deleted_story.remember(request, story)
    return redirect("mine", team=membership.team.slug)


@require_POST
def undo_delete(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Give the deleted text back as a draft."""
    deleted = deleted_story.find(request, membership)
    if deleted is None:
        messages.warning(request, _("It is too late to undo this."))
        return redirect("mine", team=membership.team.slug)
    if limit := limit_on_drafts(membership, deleted.editor):
        messages.warning(request, limit.reason)
        return redirect("mine", team=membership.team.slug)
    published = Story.objects.written_by(membership).published().with_author_and_team()
    original = published.filter(pk=deleted.edit_of).first() if deleted.edit_of else None
    story, _begun = Story.begin(by=membership, editor=deleted.editor, text=deleted.text, edit_of=original)
    if story.created_by_editor != deleted.editor:
        # Another change to the same story has been begun since: the words become a draft of their own.
        story, _begun = Story.begin(by=membership, editor=deleted.editor, text=deleted.text)
    deleted_story.mark_restored(request)
    return redirect("edit", team=membership.team.slug, pk=story.pk)
