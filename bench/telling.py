"""`python -m bench.telling PEOPLE`: measure what it costs to tell a large team, and print it as JSON (`Cost`).

The team is made for this in the database of the environment, and rolled back.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  (models can be imported only now)
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from notices.kinds.author import notify_author  # noqa: E402
from notices.kinds.readers import notify_readers  # noqa: E402
from notices.models import Notice, NoticePreference  # noqa: E402
from stories.models import Story, StoryText  # noqa: E402


@dataclass(frozen=True, slots=True)
class Cost:
    what: str
    queries: int
    seconds: float
    rows: int


def costs(people: int) -> list[Cost]:
    team = Team.objects.create(name="The crowd", slug="crowd")
    users = User.objects.bulk_create(User(email=f"crowd{n}@example.org", name=f"N{n}") for n in range(people))
    members = Membership.objects.bulk_create(
        Membership(team=team, user=user, role="moderator" if place == 1 else "member")
        for place, user in enumerate(users)
    )
    author, moderator = members[:2]
    published = measured("a story is published, nobody asked for new ones", lambda: publish(author, moderator))
    NoticePreference.objects.bulk_create(
        NoticePreference(user=user, kind="new-stories", in_product=True, mail="never") for user in users
    )
    asked = measured("a story is published, everybody asked", lambda: publish(author, moderator))
    Membership.objects.filter(team=team).exclude(pk=author.pk).update(role="moderator")
    submitted = measured("a story is submitted, all of them moderate", lambda: submit(author))
    return [published, asked, submitted]


def submit(author: Membership) -> Story:
    text = StoryText("given", ("hope",), "Held the door.")
    story, _new = Story.begin(by=author, editor=uuid.uuid4(), text=text)
    story.submit(by=author)
    return story


def publish(author: Membership, moderator: Membership) -> None:
    """Publish a story, and tell of it as the worker does once nobody can undo it."""
    story = submit(author)
    story.publish(by=moderator, revision=story.revision)
    entry = story.audit_log.with_story().latest("pk")
    for listener in (notify_author, notify_readers):
        listener(entry)


def measured(what: str, change: Callable[[], Any]) -> Cost:
    """Measure all statements of the change, those that write the story itself included."""
    before, began = Notice.objects.count(), time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        change()
    return Cost(what, len(queries), time.perf_counter() - began, Notice.objects.count() - before)


if __name__ == "__main__":
    with transaction.atomic():
        print(json.dumps([asdict(cost) for cost in costs(int(sys.argv[1]))]))
        transaction.set_rollback(True)
