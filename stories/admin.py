"""Stories and their audit log in the operator's admin, read only: decisions are taken on the wall, by named people."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnly
from kindwall.admin_names import name_fields
from stories.models import AuditEntry, ReactionKind, SentStory, State, Story

# The fields of a story that say something to an operator, by their names.
STORY_NAMES = {
    "id": _("number"),
    "team": _("team"),
    "author": _("author"),
    "signature": _("name it is signed with, where the account is deleted"),
    "state": _("state"),
    "kind": _("kind"),
    "first_quality": _("first quality"),
    "second_quality": _("second quality"),
    "third_quality": _("third quality"),
    "body": _("text"),
    "edit_of": _("story that it changes"),
    "submission_count": _("times sent to the moderators"),
    "submitted_at": _("last sent to the moderators"),
    "stood_by_at": _("second opinion asked for"),
    "decided_at": _("latest decision"),
    "published_at": _("first published"),
    "edited_at": _("published text last changed"),
    "unreviewed_since": _("not reviewed since"),
    "uplift_count": _("uplifts"),
    **{kind.counter: kind.label for kind in ReactionKind},
}
name_fields(Story, STORY_NAMES)
name_fields(
    AuditEntry,
    {
        "created_at": _("time"),
        "actor": _("person"),
        "action": _("action"),
        "story": _("story"),
        "from_state": _("state before"),
        "to_state": _("state after"),
        "reason": _("reason"),
        "message": _("message"),
    },
)


class AuditInline(ReadOnly, admin.TabularInline):
    model = AuditEntry
    extra = 0
    fields = ("created_at", "actor", "action", "from_state", "to_state", "reason", "message")


@admin.register(Story)
class StoryAdmin(ReadOnly, admin.ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out drafts and unsent texts, which only their authors may read."""
        ordering = self.get_ordering(request) or ()
        return SentStory.objects.exclude(state=State.DRAFT).order_by(*ordering)

    fields = tuple(STORY_NAMES)
    list_display = ("id", "team", "author", "kind", "state", "submitted_at", "published_at")
    list_filter = ("state", "kind", "team")
    list_select_related = ("team", "author")
    show_full_result_count = False
    inlines = (AuditInline,)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    """The audit log without the texts of stories."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return super().get_queryset(request).exclude(story__state=State.DRAFT)

    list_display = ("created_at", "actor", "action", "story", "from_state", "to_state")
    list_filter = ("action", "story__team")
    list_select_related = ("actor", "story")
    search_fields = ("actor__name", "actor__email", "message", "=story__pk")
    fields = ("created_at", "actor", "action", "story", "from_state", "to_state", "reason", "message")
    show_full_result_count = False
