from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoriesConfig(AppConfig):
    name = "stories"
    verbose_name = _("Stories")  # in the operator's admin

    def ready(self) -> None:
        from accounts import departures, person_page
        from kindwall import periodic
        from stories import append_only, review_sentences, tasks
        from stories.live import access
        from stories.models import departure
        from stories.search import index

        access.connect_signals()
        departures.register(departure.STORY_DEPARTURES)
        person_page.register(review_sentences.person_page_context)
        periodic.register(
            periodic.PeriodicJob("merge-wall-counts", tasks.merge_wall_counts, every=timedelta(minutes=10))
        )
        append_only.audit_triggers.follow_migrations(self)
        index.search_triggers.follow_migrations(self)
