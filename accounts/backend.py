"""Loads the person of a session together with their memberships, as almost every page needs both."""

from typing import cast

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import Membership, User


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: int) -> User | None:
        """Return the person with their memberships in one query; a second one for a person without a team."""
        memberships = list(Membership.objects.filter(user=user_id).select_related("user", "team"))
        if not memberships:
            return cast("User | None", super().get_user(user_id))
        user = memberships[0].user
        for membership in memberships:
            membership.user = user
        user.memberships_by_slug = {membership.team.slug: membership for membership in memberships}
        return user if self.user_can_authenticate(user) else None
