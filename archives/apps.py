from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


def store_deletion_in_session(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    from archives.models import AccountDeletion

    AccountDeletion.store_in_session(request.session, AccountDeletion.objects.of(user))


class ArchivesConfig(AppConfig):
    name = "archives"

    def ready(self) -> None:
        # One query at each sign-in saves every page a query for a deletion that hardly anybody has requested.
        user_logged_in.connect(store_deletion_in_session, dispatch_uid="archives.store_deletion_in_session")

        from archives import tasks
        from kindwall import periodic

        job = periodic.PeriodicJob("delete-due-accounts", tasks.delete_due_accounts, every=timedelta(hours=1))
        periodic.register(job)
