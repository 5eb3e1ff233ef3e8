"""People, teams and stories for tests: plain functions, every argument by name."""

import itertools
import uuid
from collections.abc import Sequence

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from accounts.models import Membership, Team, User
from stories.models import State, Story

PASSWORD = "correct-horse-battery"
numbers = itertools.count(1)


def make_user(*, name: str = "Somebody", email: str | None = None, password: str = PASSWORD) -> User:
    user = User.objects.create_user(email or f"person{next(numbers)}@example.org", password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def give_second_factor(user: User) -> None:
    """What the guards look for, and signing in would ask for."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "not-a-real-one"})


def make_team(*, name: str = "Harbour", slug: str | None = None) -> Team:
    return Team.objects.create(name=name, slug=slug or f"team-{next(numbers)}")


def make_member(*, team: Team, name: str = "Member", role: str = "member", email: str | None = None) -> Membership:
    return Membership.objects.create(team=team, user=make_user(name=name, email=email), role=role)


def make_draft(
    *,
    author: Membership,
    body: str = "Held the door, and my tongue.",
    kind: str = "given",
    qualities: Sequence[str] = ("hope",),
) -> Story:
    story, _ = Story.begin(by=author, composer=uuid.uuid4(), kind=kind, qualities=qualities, body=body)
    return story


def make_story(
    *,
    author: Membership,
    moderator: Membership | None = None,
    state: str = State.PUBLISHED,
    body: str = "Held the door, and my tongue.",
    kind: str = "given",
    qualities: Sequence[str] = ("hope",),
) -> Story:
    """A story that has come to `state` the way stories do."""
    story = make_draft(author=author, body=body, kind=kind, qualities=qualities)
    if state == State.DRAFT:
        return story
    story.submit(by=author)
    if state == State.PENDING:
        return story
    assert moderator is not None, "somebody has to decide"
    if state == State.RETURNED:
        story.return_for_change(by=moderator, revision=story.revision, message="Please say what happened.")
    elif state == State.DECLINED:
        story.decline(by=moderator, revision=story.revision, message="This is not ours to tell.")
    else:
        story.publish(by=moderator, revision=story.revision)
    if state == State.REMOVED:
        story.remove(by=moderator, revision=story.revision, message="Taken down for now.")
    return story
