"""What a moderator answers. Each address takes the revision that the moderator has read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import moderators_only
from accounts.models import Membership, Reason
from kindwall.htmx import is_htmx
from stories.desk import DeskItem, desk_item, last_entry, message_form
from stories.forms import DecisionForm, MessageForm
from stories.models import Action, Overtaken, Story
from stories.views.pages import team_page

# The answers that the author reads a message with, and those that need none.
WITH_MESSAGE = {
    Action.RETURN: Story.return_for_change,
    Action.DECLINE: Story.decline,
    Action.REMOVE: Story.remove,
}
WITHOUT = {Action.PUBLISH: Story.publish, Action.RESTORE: Story.restore}


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def publish(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    return decide(request, membership, pk, Action.PUBLISH)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def return_story(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    return decide(request, membership, pk, Action.RETURN)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def decline(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    return decide(request, membership, pk, Action.DECLINE)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def remove(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    return decide(request, membership, pk, Action.REMOVE)


@require_POST
@vary_on_headers("HX-Request")
@moderators_only
def restore(request: HttpRequest, membership: Membership, pk: int) -> HttpResponseBase:
    return decide(request, membership, pk, Action.RESTORE)


def decide(request: HttpRequest, membership: Membership, pk: int, answer: Action) -> HttpResponse:
    # Whoever reads a story may find it taken back by the time they answer; their words are kept all the same.
    submitted = Story.objects.of(membership.team).ever_submitted().with_author_and_team()
    story = get_object_or_404(submitted, pk=pk)
    form = answer_form(membership, story, answer, request.POST)
    if not form.is_valid():
        return undecided(request, membership, story, answer, form, status=422)
    given = form.cleaned_data
    try:
        if answer in WITH_MESSAGE:
            WITH_MESSAGE[answer](story, by=membership, **given)
        else:
            WITHOUT[answer](story, by=membership, revision=given["revision"])
    except Overtaken as overtaken:
        return undecided(request, membership, overtaken.story, answer, form, status=409)
    return decided(request, membership, story)


def answer_form(membership: Membership, story: Story, answer: Action, data: QueryDict) -> DecisionForm:
    if answer in WITHOUT:
        return DecisionForm(data)
    return message_form(story, answer, Reason.objects.of(membership.team), data)


def decided(request: HttpRequest, membership: Membership, story: Story) -> HttpResponse:
    done = last_entry(story)
    if is_htmx(request):
        return item_fragment(request, membership, {"item": DeskItem(story=story, done=done)})
    messages.success(request, _("You %(did)s %(author)s’s story.") % {"did": done.past, "author": story.author_name})
    return redirect("moderation", team=membership.team.slug)


def undecided(
    request: HttpRequest, membership: Membership, story: Story, answer: Action, form: DecisionForm, status: int
) -> HttpResponse:
    """Why nothing was decided: a message is missing, or somebody was faster. What was typed stays."""
    shown = desk_item(membership, story)
    shown.opened = answer
    shown.changed = status == 409 and story.is_pending
    if shown.taken_back or (status == 409 and not story.is_pending):
        shown.done = last_entry(story)
    if isinstance(form, MessageForm):
        # Sent again, it answers the text that is shown now.
        form.data = {
            "message": form["message"].value(),
            "reason": form["reason"].value() or "",
            "revision": story.revision,
        }
        shown.forms[answer] = form
    if shown.done and isinstance(form, MessageForm):
        shown.unsent = form["message"].value()
    context = {"item": shown, "single": True, "conflict": status == 409}
    if is_htmx(request):
        return item_fragment(request, membership, context, status=status)
    return team_page(request, membership, "stories/moderation.html", {**context, "items": [shown]}, status=status)


def item_fragment(
    request: HttpRequest, membership: Membership, context: dict[str, object], status: int = 200
) -> HttpResponse:
    context |= {"membership": membership, "team": membership.team}
    return render(request, "stories/moderation.html#item", context, status=status)
