from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    name = "syndication"

    def ready(self) -> None:
        from accounts import notice_kinds
        from stories import departed_stories, settlement
        from syndication import events, notices, senders, webhook
        from syndication.rooms.services import ROOM_SENDERS

        notice_kinds.register(notices.CHANNEL_STOPPED)
        settlement.register(events.announce_decision)
        departed_stories.register(events.announce_departure)
        for sender in (webhook.WebhookSender(), *ROOM_SENDERS):
            senders.register(sender)
