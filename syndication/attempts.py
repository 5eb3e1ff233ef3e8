"""One attempt of a delivery: from the truth of this moment to the result that its channel records."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.notice_kinds import send_notice
from syndication.models import Channel, Delivery, EventType, PostedMessage, Status, StopReason
from syndication.models.choices import TEXT_EVENTS
from syndication.notices import CHANNEL_STOPPED, topic_of
from syndication.senders import Event, SendResult, senders
from syndication.wall_stories import sample_story, settles_at, wall_story_of
from syndication.weekly_counts import count_for


def attempt(delivery: Delivery) -> None:
    """Send the delivery, unless it has to wait for something or is no longer true."""
    channel, is_test = delivery.channel, delivery.event == EventType.TEST
    if delivery.status != Status.WAITING or (channel.is_stopped and not is_test) or delivery.earlier_waiting.exists():
        return
    if until := delivery.waits_until(None if delivery.story_id is None else settles_at(delivery.story_id)):
        delivery.postpone(until)
        return
    if channel.address is None:
        stop(channel, StopReason.UNREADABLE)
        delivery.give_up()
        return
    if not delivery.begin_attempt():
        return
    with translation.override(channel.language):
        event = delivered_event(delivery)
        result = attempt_delivery(channel, event, delivery) if event else None
    if event is None or result is None:
        delivery.drop()
    else:
        record_attempt(channel, delivery, result)


def attempt_delivery(channel: Channel, event: Event, delivery: Delivery) -> SendResult | None:
    try:
        return senders[channel.kind].send(channel, event)
    except Exception:
        # A fault of ours. The delivery is tried again, and the task keeps the traceback.
        record_attempt(channel, delivery, SendResult(None, _("Kindwall could not write this message.")))
        raise


def record_attempt(channel: Channel, delivery: Delivery, result: SendResult) -> None:
    """Record the result with the delivery, the message in the room, and the channel, which it may stop."""
    with transaction.atomic():
        if not delivery.lock():
            return  # the channel was disconnected meanwhile
        delivery.record_result(result)
        if delivery.event == EventType.TEST:
            return
        if result.is_success:
            channel.record_success()
            if delivery.story_id is not None:
                PostedMessage.record(channel, delivery.story_id, delivery.event, result.message_id)
        elif result.is_gone:
            stop(channel, StopReason.GONE)
        elif channel.record_failure(responded=result.code is not None):
            notify_owners_of_stop(channel)


def stop(channel: Channel, reason: StopReason) -> None:
    with transaction.atomic():
        if channel.stop(reason):
            notify_owners_of_stop(channel)


def notify_owners_of_stop(channel: Channel) -> None:
    owners = Membership.objects.owners().filter(team=channel.team_id).values_list("user", flat=True)
    send_notice(CHANNEL_STOPPED, to=list(owners), team=channel.team_id, topic=topic_of(channel))


# The event, read when it is sent


def delivered_event(delivery: Delivery) -> Event | None:
    """Return the event with what is true now; None for a text that has left the wall, and for a week without any."""
    channel, story, count = delivery.channel, None, None
    if delivery.event in TEXT_EVENTS and delivery.story_id is not None:
        story = wall_story_of(channel.team, delivery.story_id)
        if story is None:
            return None
    elif delivery.event == EventType.WEEKLY_COUNT:
        count = count_for(delivery, channel.team)
        if not count:
            return None
    elif delivery.event == EventType.TEST:
        story = sample_story(channel.team)
    return Event(
        type=EventType(delivery.event),
        identifier=delivery.identifier,
        occurred_at=delivery.created_at,
        team_name=channel.team.name,
        wall_url=settings.ORIGIN + reverse("wall", args=[channel.team.slug]),
        story_id=delivery.story_id,
        story=story,
        count=count,
        message_id=PostedMessage.id_of(channel, delivery.story_id),
    )
