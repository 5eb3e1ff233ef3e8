from datetime import timedelta

from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    name = "syndication"

    def ready(self) -> None:
        from accounts import address_proof, notice_kinds
        from kindwall import periodic
        from stories import departed_stories, settlement
        from syndication import events, notices, senders, tasks, webhook
        from syndication.models import FeedAddress
        from syndication.rooms.services import ROOM_SENDERS

        address_proof.register(FeedAddress.revoke_all)
        notice_kinds.register(notices.CHANNEL_STOPPED)
        settlement.register(events.announce_decision)
        departed_stories.register(events.announce_departure)
        senders.register(webhook.WebhookSender())
        for sender in ROOM_SENDERS:
            senders.register(sender)
        for name, task in (
            ("record-weekly-counts", tasks.record_weekly_counts),
            ("delete-old-deliveries", tasks.delete_old_deliveries),
        ):
            periodic.register(periodic.PeriodicJob(name, task, every=timedelta(hours=1)))
