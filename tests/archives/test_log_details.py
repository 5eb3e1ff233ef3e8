"""Tests of log entries from an archive: the log can be shown, whatever their details."""

from typing import Any

import pytest

from accounts.models import JoinLink, Membership, Reason, TeamEntry
from accounts.models.team_domain import TeamDomain
from accounts.team_log import line_of
from archives.log_details import has_valid_details
from tests.conftest import Cast
from tests.factories import make_channel, make_user

pytestmark = pytest.mark.once

Action = TeamEntry.Action
ODD: list[Any] = ["x", 7, -1, 1.5, True, None, [], [1], [[]], {}, {"a": []}]
NAMES = ("field", "from", "to", "domain", "automatic", "link", "role", "people", "by", "then", "channel", "host")


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("action", Action)
def test_entry_with_any_details_can_be_shown(action: Action, value: Any) -> None:
    for detail in (dict.fromkeys(NAMES, value), dict.fromkeys(NAMES, value) | {"field": "memberships"}):
        assert line_of(TeamEntry(action=action, detail=detail)).sentence


def test_every_entry_written_here_has_valid_details(cast: Cast) -> None:
    cast.team.change(by=cast.owner, tagline="Boats.", answer_hours=24, two_factor_required=True, indexed=False)
    cast.team.change(by=cast.owner, answer_hours=None, two_factor_required=False)
    Reason.objects.replace([("Too long", "Shorter.")], by=cast.owner)
    TeamDomain.add("example.org", automatic=True, by=cast.owner).drop(by=cast.owner)
    link, _token = JoinLink.make(by=cast.owner, role="moderator", expires_at=None, most_uses=None)
    link.revoke(by=cast.owner)
    Membership.join(make_user(name="Lia Link"), cast.team, role="member", by="link")
    make_channel(by=cast.owner).disconnect(by=cast.owner)
    cast.newcomer.set_trust("always", by=cast.moderator)
    cast.newcomer.set_trust("", by=cast.moderator)
    cast.newcomer.change_role("moderator", by=cast.owner)
    cast.member.make_owner_by_command()
    cast.owner.hand_over(cast.moderator)
    cast.second_moderator.leave()
    written = list(TeamEntry.objects.of(cast.team))
    assert len({entry.action for entry in written}) >= 10
    assert [entry for entry in written if not has_valid_details(entry)] == []
