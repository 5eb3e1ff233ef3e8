from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    name = "syndication"

    def ready(self) -> None:
        from accounts import notice_kinds
        from stories import departed_stories, settlement
        from syndication import events, notices, senders, webhook

        notice_kinds.register(notices.CHANNEL_STOPPED)
        settlement.register(events.announce_decision)
        departed_stories.register(events.announce_departure)
        senders.register(webhook.WebhookSender())
