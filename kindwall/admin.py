"""Undelivered mails in the operator's admin. They can be read, and deleted once they are dealt with."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kindwall.models import UndeliveredMail


@admin.register(UndeliveredMail)
class UndeliveredMailAdmin(admin.ModelAdmin):
    list_display = ("last_tried_at", "task", "person", "error", "code", "attempts", "first_tried_at")
    list_filter = ("task", "error")
    list_select_related = ("person",)
    ordering = ("-last_tried_at",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
