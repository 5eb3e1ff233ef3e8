"""Stories that are published by a team's policy, for tests."""

from accounts.models import Membership
from stories.models import Story
from tests.conftest import Cast
from tests.factories import make_draft


def rule(cast: Cast, policy: str, newcomer_until: int = 3) -> None:
    cast.team.change(by=cast.owner, policy=policy, newcomer_until=newcomer_until)


def as_now(person: Membership) -> Membership:
    """Return the membership as a new request loads it."""
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def submitted(person: Membership) -> Story:
    story = make_draft(author=person)
    story.submit(by=as_now(person))
    return story
