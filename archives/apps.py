from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


def remember_leaving(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    from archives.models import AccountDeletion

    AccountDeletion.remember_in(request.session, AccountDeletion.objects.of(user))


class ArchivesConfig(AppConfig):
    name = "archives"

    def ready(self) -> None:
        # Django's own event: one look at each sign-in spares every page a query for what hardly anybody has asked.
        user_logged_in.connect(remember_leaving, dispatch_uid="archives.remember_leaving")
