"""Stories for the operator: to look at. What happens to them happens on the wall, by people with names."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from stories.models import AuditEntry, State, Story


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditInline(ReadOnly, admin.TabularInline):
    model = AuditEntry
    extra = 0
    fields = ("created_at", "actor", "action", "from_state", "to_state", "message")


@admin.register(Story)
class StoryAdmin(ReadOnly, admin.ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Story]:
        """Without drafts: nobody but their authors reads those."""
        return super().get_queryset(request).exclude(state=State.DRAFT)

    list_display = ("pk", "team", "author", "kind", "state", "submitted_at", "published_at")
    list_filter = ("state", "kind", "team")
    list_select_related = ("team", "author")
    show_full_result_count = False
    inlines = (AuditInline,)
