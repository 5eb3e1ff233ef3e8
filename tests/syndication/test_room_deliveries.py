"""A chat room that follows the wall, from the press of a moderator to the requests that its service gets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kindwall import clock
from stories.models import Story
from syndication.models import Delivery, PostedMessage
from tests.conftest import Cast, confirmed
from tests.factories import make_channel, make_edit
from tests.syndication.receiver import Receiver
from tests.task_backend import clock_moved_to, run_due

pytestmark = pytest.mark.once

MINUTE = timedelta(minutes=1)
DISCORD = "https://discord.com/api/webhooks/123/s3cret"
SLACK = "https://hooks.slack.com/services/T0AB/B0CD/s3cret"


def test_room_follows_a_story_through_edit_removal_and_return(cast: Cast, receiver: Receiver, pending: Story) -> None:
    run_due()
    make_channel(by=cast.owner, kind="discord", address=DISCORD)
    receiver.status, receiver.text, now = 200, '{"id": "77"}', timezone.now() + MINUTE
    with clock.at(now):
        pending.publish(by=cast.moderator, revision=pending.revision)
    with clock_moved_to(now + MINUTE):
        assert PostedMessage.objects.get().message_id == "77"
        make_edit(pending, author=cast.member, moderator=cast.moderator, body="Held both doors.")
    with clock_moved_to(now + 2 * MINUTE):
        pending.refresh_from_db()
        pending.remove(by=cast.moderator, revision=pending.revision, message="Not this one.")
    with clock_moved_to(now + 3 * MINUTE):
        assert not PostedMessage.objects.exists()
        pending.restore(by=cast.moderator, revision=pending.revision)
    with clock_moved_to(now + 4 * MINUTE):
        pass
    assert [(one.method, one.address.removeprefix(DISCORD)) for one in receiver.received] == [
        ("POST", "?wait=true"),
        ("PATCH", "/messages/77"),
        ("DELETE", "/messages/77"),
        ("POST", "?wait=true"),
    ]
    assert receiver.received[1].payload["embeds"][0]["description"] == "Held both doors."
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_wrong_choice_of_service_does_no_harm(cast: Cast, receiver: Receiver) -> None:
    given = {"name": "Kitchen", "secret_address": SLACK, "content": "stories", "language": "en"}
    response = confirmed(cast.owner).post("/harbour-team/settings/channels/connect/webhook/", given)
    assert response.status_code == 302
    assert cast.team.channels.get().kind == "slack"
