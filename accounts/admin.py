"""People and teams for the operator."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Membership, Team, User


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("name", "email", "is_active", "is_staff", "joined_at")
    search_fields = ("name", "email")
    fields = ("name", "email", "is_active", "is_staff", "is_superuser", "last_login", "joined_at")
    readonly_fields = ("last_login", "joined_at")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Stories keep their author; the database refuses to take one away.
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Signing up confirms the address, which a form here would not.
        return False


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)
