from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class StoriesConfig(AppConfig):
    name = "stories"

    def ready(self) -> None:
        from accounts import departures, person_page
        from kindwall import periodic
        from stories import append_only, review_sentences, tasks
        from stories.live import access
        from stories.models import departure
        from stories.search import index

        access.connect()
        departures.register(departure.LISTENER)
        person_page.register(review_sentences.person_page_context)
        periodic.register(
            periodic.PeriodicJob("merge-wall-counts", tasks.merge_wall_counts, every=timedelta(minutes=10))
        )
        pre_migrate.connect(append_only.drop_before_migrate, sender=self, dispatch_uid="stories.append_only")
        pre_migrate.connect(index.drop_before_migrate, sender=self, dispatch_uid="stories.search")
        post_migrate.connect(index.create_after_migrate, sender=self, dispatch_uid="stories.search")
        post_migrate.connect(append_only.create_after_migrate, sender=self, dispatch_uid="stories.append_only")
