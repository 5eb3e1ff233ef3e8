"""People and teams in the operator's admin. Teams are read-only: their owners' changes go through the team's log."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import LineField
from accounts.models import Membership, Team, TeamEntry, User
from accounts.team_log import line_of
from kindwall.admin_names import name_fields

name_fields(
    User,
    {
        "is_active": _("may sign in"),
        "is_superuser": _("may do everything in the admin"),
        "last_login": _("last sign-in"),
        "joined_at": _("account since"),
    },
)
name_fields(Team, {"created_at": _("started")})
name_fields(Membership, {"user": _("person"), "role": _("role"), "joined_at": _("member since")})
name_fields(TeamEntry, {"created_at": _("time"), "team": _("team")})


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(ReadOnly, admin.TabularInline):
    model = Membership
    extra = 0
    fields = ("user", "role", "joined_at")
    verbose_name_plural = _("memberships (changed by the team’s owners, under People)")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "team")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("name", "email", "is_active", "is_staff", "joined_at")
    search_fields = ("name", "email")
    fields = ("name", "email", "is_active", "is_staff", "is_superuser", "last_login", "joined_at")
    # Signing in and confirming go by allauth's addresses, which a change here would leave as they were.
    readonly_fields = ("email", "last_login", "joined_at")

    formfield_overrides: ClassVar = {models.CharField: {"form_class": LineField}}

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # People delete their own accounts, and choose what becomes of their stories.
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Accounts are made by signing up, which confirms the address.
        return False


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "visibility", "joining", "created_at")
    list_filter = ("visibility", "joining")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A team is started together with its owner.
        return False

    def has_change_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        return False


@admin.register(TeamEntry)
class TeamEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "team", "sentence")
    fields = list_display
    list_filter = ("action", "team")
    list_select_related = ("team", "actor", "subject")
    ordering = ("-pk",)
    show_full_result_count = False

    @admin.display(description=_("what happened"))
    def sentence(self, entry: TeamEntry) -> SafeString:
        return line_of(entry).sentence
