"""The demo team.

Every story is made by the same methods that people use, each at its own time, so its audit log is real.
"""

import secrets
import tomllib
import uuid
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import Membership, Role, Team, User
from kindwall import clock
from stories.counters import recount
from stories.models import Assignment, Letter, ModeratorNote, Reaction, Report, State, Story, StoryText, Uplift

SOURCE = Path(__file__).with_name("harbour.toml")
SIGN_INS = (
    "owner@kindwall.example",
    "moderator@kindwall.example",
    "second.moderator@kindwall.example",
    "member@kindwall.example",
    "newcomer@kindwall.example",
)
# Between a return and the next submission, and between a publication and a removal.
MENDING = timedelta(hours=3)
SECOND_THOUGHTS = timedelta(days=2)


@transaction.atomic
def load(now: datetime, owner: User | None = None) -> Team | None:
    """Make the demo team as of `now` and return it, or None when it exists already.

    With an owner, the people of the demo have no passwords, so that only the owner can sign in.
    """
    source = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    team, made = Team.objects.get_or_create(slug=source["team"].pop("slug"), defaults=source["team"])
    if not made:
        return None
    members = load_people(team, source["people"], now, None if owner else new_password())
    if owner:
        Membership.objects.create(team=team, user=owner, role=Role.OWNER, joined_at=now)
    for story in sorted(source["stories"], key=lambda story: written_at(story, now)):
        load_story(members, story, now)
    recount(Story.objects.of(team))
    return team


def new_password() -> str:
    """Return the password of all people of the demo: DEMO_PASSWORD, or a random one of this installation."""
    if known := password():
        return known
    made_up = f"demo-{secrets.token_hex(4)}"
    settings.DEMO_PASSWORD_FILE.touch(mode=0o600)
    settings.DEMO_PASSWORD_FILE.write_text(made_up)
    return made_up


def password() -> str:
    """Return the password of the demo, or an empty text where nobody can sign in to it."""
    file: Path = settings.DEMO_PASSWORD_FILE
    return settings.DEMO_PASSWORD or (file.read_text().strip() if file.exists() else "")


def load_people(team: Team, people: list[dict[str, Any]], now: datetime, password: str | None) -> dict[str, Membership]:
    hashed = make_password(password)  # once: hashing is slow on purpose
    members = {}
    for person in people:
        joined_at = now - timedelta(days=person["joined_days_ago"])
        user, _ = User.objects.get_or_create(
            email=person["email"], defaults={"name": person["name"], "password": hashed, "joined_at": joined_at}
        )
        # Nothing is mailed to addresses that are not confirmed: nobody has these.
        confirmed = {"verified": password is not None, "primary": True}
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults=confirmed)
        members[person["key"]] = Membership.objects.create(
            team=team, user=user, role=person["role"], joined_at=joined_at
        )
    return members


def load_story(members: dict[str, Membership], source: dict[str, Any], now: datetime) -> None:
    author = members[source["author"]]
    at = written_at(source, now)
    rounds = [*source.get("earlier", ()), source]
    text = {"kind": source.get("kind", ""), "qualities": source.get("qualities", [])}
    story = begin(author, at, StoryText(body=body_as_sent(rounds[0]), **text))
    for number, part in enumerate(rounds):
        if number:
            with clock.at(at):
                story.revise(by=author, revision=story.revision, text=StoryText(body=body_as_sent(part), **text))
        state = source["state"] if part is source else State.RETURNED
        at = play_round(story, author, members, part, state, at) + MENDING
    if "stand_by" in source:
        with clock.at(at):
            story.stand_by(by=author, message=source["stand_by"].strip())
    add_reactions(story, members, source)
    for edit in source.get("edits", ()):
        load_edit(story, author, members, text | edit)
    for report in source.get("reports", ()):
        with clock.at(hours_after_publication(story, report)):
            Report.make(story, by=members[report["by"]], reason=report["reason"], words=report["words"].strip())
    load_assignments_and_notes(story, members, source, now)


def load_assignments_and_notes(
    story: Story, members: dict[str, Membership], source: dict[str, Any], now: datetime
) -> None:
    for one in source.get("assigned", ()):
        with clock.at(now - timedelta(hours=one["hours_ago"])):
            Assignment.assign(story, by=members[one["by"]], to=members[one["to"]], note=one["note"].strip())
    for note in source.get("notes", ()):
        with clock.at(now - timedelta(hours=note["hours_ago"])):
            ModeratorNote.write(story, by=members[note["by"]], text=note["text"].strip())


def load_edit(story: Story, author: Membership, members: dict[str, Membership], source: dict[str, Any]) -> None:
    """Make an edit of a published story: accepted where a moderator decides on it, else pending."""
    at = hours_after_publication(story, source)
    text = StoryText(source["kind"], source["qualities"], body_as_sent(source))
    edit = begin(author, at, text, edit_of=story)
    play_round(edit, author, members, source, State.ACCEPTED if "decided_by" in source else State.PENDING, at)


def begin(author: Membership, at: datetime, text: StoryText, *, edit_of: Story | None = None) -> Story:
    story, _ = Story.begin(by=author, editor=uuid.uuid4(), text=text, edit_of=edit_of)
    Story.objects.filter(pk=story.pk).update(created_at=at, updated_at=at)
    return story


def body_as_sent(part: dict[str, Any]) -> str:
    """Return the body as its author sent it, before a moderator fixed the typo."""
    wrong, right = part.get("typo", ("", ""))
    body: str = part["body"].strip()
    return body.replace(right, wrong, 1)


def play_round(
    story: Story, author: Membership, members: dict[str, Membership], part: dict[str, Any], state: str, at: datetime
) -> datetime:
    """Submit the story and decide on it, at the time of this round. Return when the round ended."""
    if state == State.DRAFT:
        return at
    with clock.at(at):
        story.submit(by=author)
    if state == State.PENDING:
        return at
    moderator = members[part["decided_by"]]
    letter = letter_of(part)
    at += timedelta(minutes=part["waited_minutes"])
    with clock.at(at):
        if state == State.RETURNED:
            story.return_for_change(by=moderator, revision=story.revision, **letter)
        elif state == State.DECLINED:
            story.decline(by=moderator, revision=story.revision, **letter)
        elif state == State.SPAM:
            story.mark_spam(by=moderator, revision=story.revision)
        else:
            fixed = part["body"].strip() if "typo" in part else ""
            story.publish(by=moderator, revision=story.revision, fixed=fixed)
    if state == State.REMOVED:
        at += SECOND_THOUGHTS
        with clock.at(at):
            story.remove(by=moderator, revision=story.revision, **letter)
    return at


def letter_of(part: dict[str, Any]) -> Letter:
    """Return the letter from a message of four paragraphs."""
    saw, message, next_step, talk_to = part["message"].strip().split("\n\n") if "message" in part else [""] * 4
    return Letter(saw=saw, message=message, next_step=next_step, talk_to=talk_to)


def add_reactions(story: Story, members: dict[str, Membership], source: dict[str, Any]) -> None:
    Uplift.objects.bulk_create(Uplift(story=story, user=members[key].user) for key in source.get("uplifts", ()))
    Reaction.objects.bulk_create(
        Reaction(story=story, user=members[key].user, kind=kind)
        for kind, keys in source.get("reactions", {}).items()
        for key in keys
    )


def hours_after_publication(story: Story, source: dict[str, Any]) -> datetime:
    """Return the moment that many hours after the publication."""
    assert story.published_at is not None
    return story.published_at + timedelta(hours=source["after_hours"])


def written_at(source: dict[str, Any], now: datetime) -> datetime:
    written = source["written"]
    if "hours_ago" in written:
        return now - timedelta(hours=written["hours_ago"])
    day = (now - timedelta(days=written["days_ago"])).date()
    return datetime.combine(day, time.fromisoformat(written["at"]), tzinfo=now.tzinfo)
