"""Stories and their audit log in the operator's admin, read only: decisions are taken on the wall, by named people."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnly
from stories.models import AuditEntry, SentStory, State, Story


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

    list_display = ("pk", "team", "author", "kind", "state", "submitted_at", "published_at")
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
