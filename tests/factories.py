"""People, teams and stories for tests: plain functions, every argument by name."""

import itertools
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Team, User
from accounts.two_factor import has_two_factor
from kindwall import clock
from kindwall.sessions import SessionStore
from stories.models import State, Story, StoryText
from stories.models.audit import UNDO_FOR
from syndication.models import Channel

PASSWORD = "correct-horse-battery"
numbers = itertools.count(1)


def make_user(*, name: str = "Somebody", email: str | None = None, password: str = PASSWORD) -> User:
    user = User.objects.create_user(email or f"person{next(numbers)}@example.org", password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def give_second_factor(user: User) -> None:
    """Give the person the second factor that signing in would ask for."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "not-a-real-one"})


def make_session(user: User) -> str:
    """Return the key of a session as after signing in, with the second factor where there is one.

    `Client.force_login` takes four times as many statements.
    """
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if has_two_factor(user):
        session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
    session.create()
    return str(session.session_key)


def make_team(*, name: str = "Harbour", slug: str | None = None) -> Team:
    return Team.objects.create(name=name, slug=slug or f"team-{next(numbers)}")


def make_member(*, team: Team, name: str = "Member", role: str = "member", email: str | None = None) -> Membership:
    return Membership.objects.create(team=team, user=make_user(name=name, email=email), role=role)


def make_members(*people: tuple[Team, str, str]) -> list[Membership]:
    """Several at once, by team, name and role, in three statements: nearly every test begins with them."""
    users = User.objects.bulk_create(
        User(name=name, email=f"person{next(numbers)}@example.org", password=make_password(PASSWORD))
        for _team, name, _role in people
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return Membership.objects.bulk_create(
        Membership(team=team, user=user, role=role) for user, (team, _name, role) in zip(users, people, strict=True)
    )


def make_draft(
    *,
    author: Membership,
    body: str = "Held the door, and my tongue.",
    kind: str = "given",
    qualities: Sequence[str] = ("hope",),
) -> Story:
    story, _ = Story.begin(by=author, editor=uuid.uuid4(), text=StoryText(kind, qualities, body))
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
    """A story that has come to `state` the way stories do, and long enough ago that nobody can undo it."""
    with clock.at(clock.now() - UNDO_FOR - timedelta(seconds=1)):
        story = make_draft(author=author, body=body, kind=kind, qualities=qualities)
        if state == State.DRAFT:
            return story
        if state == State.ACCEPTED:
            assert moderator is not None
            hung = make_story(author=author, moderator=moderator, body="Held the door.")
            return make_edit(hung, author=author, moderator=moderator, body=body)
        story.submit(by=author)
        if state != State.PENDING:
            assert moderator is not None, "somebody has to decide"
            decided(story, moderator, state)
    return story


def decided(story: Story, moderator: Membership, state: str) -> None:
    """Let a moderator bring a waiting story to that state."""
    now: dict[str, Any] = {"by": moderator, "revision": story.revision}
    if state == State.RETURNED:
        story.return_for_change(**now, message="Please say what happened.")
    elif state == State.DECLINED:
        story.decline(**now, message="This is not ours to tell.")
    elif state == State.SPAM:
        story.mark_spam(**now)
    else:
        story.publish(**now)
    if state == State.REMOVED:
        story.remove(**now, message="Taken down for now.")
    elif state == State.TAKEN_DOWN:
        story.take_down(by=Membership.objects.get(team=story.team_id, user=story.author_id))
    elif state == State.HIDDEN:
        story.hide_for_review()


def make_edit(
    story: Story, *, author: Membership, moderator: Membership | None = None, body: str = "Held the door open."
) -> Story:
    """A new text for a story on the wall, waiting; with a moderator, accepted."""
    text: dict[str, Any] = {"kind": story.kind, "qualities": story.qualities, "body": body}
    edit, _ = Story.begin(by=author, editor=uuid.uuid4(), edit_of=story, text=StoryText(**text))
    edit.submit(by=author)
    if moderator and edit.is_pending:
        edit.publish(by=moderator, revision=edit.revision)
    return edit


def make_channel(
    *,
    by: Membership,
    kind: str = "webhook",
    name: str = "Kitchen screen",
    address: str = "https://hooks.example.org/kindwall/secret-path",
    content: str = "stories",
    language: str = "en",
) -> Channel:
    return Channel.connect(by=by, kind=kind, name=name, address=address, content=content, language=language)
