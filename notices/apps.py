from datetime import timedelta

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"

    def ready(self) -> None:
        from accounts import arrivals, departures, notice_kinds
        from kindwall import periodic
        from notices import bell, departure, mail_stops, notice_mails, tasks, visits
        from notices.kinds import KINDS, author, moderators, owners, readers
        from notices.models import Notice
        from stories import header, listeners, settlement
        from stories import visits as story_visits
        from stories.live import nudges

        notice_kinds.register_store(Notice)
        notice_kinds.register_store(notice_mails.AtOnceMails)
        mail_stops.register_mails()
        for kind in KINDS:
            notice_kinds.register(kind)
        for listener in (author.notify_author, readers.notify_reporters, readers.notify_readers):
            settlement.register(listener)
        listeners.register(
            listeners.StoryListener(
                entry_written=moderators.notify_moderators,
                report_made=moderators.notify_of_report,
                reaction_given=author.notify_author_of_reaction,
                note_written=moderators.notify_of_note,
            )
        )
        header.register("unread", bell.unread_query)
        story_visits.register(visits.NOTICE_VISITS)
        nudges.latest_of = Notice.objects.latest_of
        arrivals.register(owners.notify_owners)
        departures.register(departure.NOTICE_DEPARTURES, first=True)
        every = timedelta(hours=1)
        periodic.register(periodic.PeriodicJob("prune-notices", tasks.prune_notices, every=every))
        periodic.register(periodic.PeriodicJob("overdue-notices", tasks.send_overdue_notices, every=every))
        periodic.register(periodic.PeriodicJob("gathered-mails", tasks.enqueue_gathered_mails, every=every))
        # Time zones differ by quarters of an hour.
        quarter = timedelta(minutes=15)
        periodic.register(periodic.PeriodicJob("wall-digests", tasks.enqueue_digests, every=quarter))
