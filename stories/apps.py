from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from stories import append_only


class StoriesConfig(AppConfig):
    name = "stories"

    def ready(self) -> None:
        from stories.live import access

        access.connect()
        pre_migrate.connect(append_only.drop_before_migrate, sender=self, dispatch_uid="stories.append_only")
        post_migrate.connect(append_only.create_after_migrate, sender=self, dispatch_uid="stories.append_only")
