import pytest

from kindwall import outbound
from stories.models import Story
from syndication.models import Channel
from tests.conftest import Cast
from tests.factories import make_channel
from tests.syndication.receiver import Receiver
from tests.task_backend import run_due


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    receiver = Receiver()
    monkeypatch.setattr(outbound, "send_request", receiver.send)
    return receiver


@pytest.fixture
def channel(cast: Cast, story: Story, receiver: Receiver) -> Channel:
    """A webhook of a team whose story was published before."""
    run_due()
    return make_channel(by=cast.owner)
