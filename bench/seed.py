"""`python -m bench.seed STORIES PENDING`: fills an empty database with one team and prints it as JSON (`SeededTeam`).

The stories have the texts of the demo team, 50 to 1,000 characters long, over and over; each has
about six uplifts and four reactions, and the reader has pressed every fourth button.
"""

import itertools
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  (models can be imported only now)
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from accounts.models.team import Visibility  # noqa: E402
from bench.team import LONG_QUEUE, SHORT_QUEUE, SMALL, SeededTeam  # noqa: E402
from bench.texts import demo_sources  # noqa: E402
from stories.models import OutboxEvent, Reaction, ReactionKind, State, Story, Uplift  # noqa: E402

PEOPLE = 40
PASSWORD = "measured-kindness"
BATCH = 5_000  # stories written at once
APART = timedelta(minutes=7)

dice = random.Random(24)  # the same wall every time


def seed(stories: int, pending: int) -> SeededTeam:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, ignore_patterns=["admin"], verbosity=0)
    team = Team.objects.create(
        name="The bench", slug="bench", tagline="Measured, not guessed.", visibility=Visibility.PUBLIC
    )
    people = make_people(team)
    reader, moderator = people[:2]
    texts = itertools.cycle(demo_stories(team))
    newest = timezone.now() - timedelta(minutes=5)
    queries = []
    small = min(SMALL, stories)
    for first, last in ((0, small), (small, stories)):
        for start in range(first, last, BATCH):
            new = list(itertools.islice(texts, min(BATCH, last - start)))
            for place, story in enumerate(new, start):
                story.author = people[2:][place % (PEOPLE - 2)]
                story.state = State.PUBLISHED
                story.published_at = story.submitted_at = story.decided_at = newest - place * APART
            add_published(new, people)
        queries.append(count_queries(reader, team.get_absolute_url()))
    waiting = list(itertools.islice(texts, pending))
    for place, story in enumerate(waiting):
        story.author = people[2:][place % (PEOPLE - 2)]
        story.state, story.submitted_at = State.PENDING, newest
    Story.objects.bulk_create(waiting)
    desk, desk_queries = fill_a_desk(people, newest)
    if connection.vendor == "postgresql":  # as its autovacuum would in a while
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return SeededTeam(
        wall=team.get_absolute_url(),
        reader=reader.email,
        moderator=moderator.email,
        password=PASSWORD,
        pending=[story.pk for story in waiting],
        queries=queries,
        desk=desk,
        desk_queries=desk_queries,
        django=django.get_version(),
        database=database_version(),
    )


def make_people(team: Team) -> list[User]:
    """A member, a moderator, and many more members."""
    password = make_password(PASSWORD)
    people = User.objects.bulk_create(
        User(email=f"person{number}@bench.example", name=f"Person Number {number}", password=password)
        for number in range(PEOPLE)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )
    Membership.objects.bulk_create(
        Membership(team=team, user=person, role="moderator" if place == 1 else "member")
        for place, person in enumerate(people)
    )
    return people


def demo_stories(team: Team) -> Iterator[Story]:
    """New stories without author and state, without end."""
    for source in itertools.cycle(demo_sources()):
        story = Story(team=team, kind=source["kind"], body=source["body"].strip())
        story.qualities = source["qualities"]
        yield story


def add_published(stories: list[Story], people: list[User]) -> None:
    """Write published stories with their reactions and counts."""
    reacted = [(story, reactions_to(story, people)) for story in stories]
    for story, reactions in reacted:
        for reaction in reactions:
            counter = "uplift_count" if isinstance(reaction, Uplift) else ReactionKind(reaction.kind).counter
            setattr(story, counter, getattr(story, counter) + 1)
    Story.objects.bulk_create(stories)
    every = [reaction for _, reactions in reacted for reaction in reactions]
    Uplift.objects.bulk_create(reaction for reaction in every if isinstance(reaction, Uplift))
    Reaction.objects.bulk_create(reaction for reaction in every if isinstance(reaction, Reaction))
    for story in stories[:1]:  # the wall has changed
        OutboxEvent.announce(story, OutboxEvent.Kind.CARD)


def reactions_to(story: Story, people: list[User]) -> list[Uplift | Reaction]:
    reader, others = people[0], [person for person in people[1:] if person != story.author]
    uplifts = [Uplift(story=story, user=person) for person in dice.sample(others, dice.randrange(13))]
    reactions = [
        Reaction(story=story, user=person, kind=dice.choice(ReactionKind.values))
        for person in dice.sample(others, dice.randrange(9))
    ]
    if dice.random() < 0.25:
        uplifts.append(Uplift(story=story, user=reader))
    reactions += [Reaction(story=story, user=reader, kind=kind) for kind in ReactionKind.values if dice.random() < 0.25]
    return [*uplifts, *reactions]


def fill_a_desk(people: list[User], newest: datetime) -> tuple[str, list[int]]:
    """Another team, whose moderator has a short queue and then a long one."""
    team = Team.objects.create(name="The desk", slug="bench-desk")
    moderator, authors = people[1], people[2:]
    Membership.objects.bulk_create(
        Membership(team=team, user=person, role="moderator" if person == moderator else "member") for person in people
    )
    texts = itertools.cycle(demo_stories(team))
    desk, queries = reverse("moderation", kwargs={"team": team.slug}), []
    for number in (SHORT_QUEUE, LONG_QUEUE - SHORT_QUEUE):
        waiting = list(itertools.islice(texts, number))
        for place, story in enumerate(waiting):
            story.author, story.state, story.submission_count = authors[place % len(authors)], State.PENDING, 1
            story.submitted_at = newest - place * timedelta(seconds=7)
        # The last one waits longest and is open. In a long queue others have the same words, which costs a query.
        waiting[0].body = waiting[-1].body
        Story.objects.bulk_create(waiting, batch_size=BATCH)
        queries.append(count_queries(moderator, desk))
    return desk, queries


def count_queries(reader: User, address: str) -> int:
    client = Client(SERVER_NAME="localhost")
    client.force_login(reader)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, response.status_code
    return len(captured)


def database_version() -> str:
    """Such as “SQLite 3.50.4”."""
    with connection.cursor() as cursor:
        sqlite = connection.vendor == "sqlite"
        cursor.execute("SELECT sqlite_version()" if sqlite else "SHOW server_version")
        return f"{'SQLite' if sqlite else 'PostgreSQL'} {cursor.fetchone()[0]}"


if __name__ == "__main__":
    print(json.dumps(asdict(seed(int(sys.argv[1]), int(sys.argv[2])))))
