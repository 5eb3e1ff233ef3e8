"""`python -m bench.long_wall STORIES`: fill an empty database with a wall of so many stories for `bench.views`.

The texts are those of the demo team with two words of a made-up language, of which there are 20,000. Twenty stories
have the word "xylophone", and a third "lantern". However many there are, they were published within three years.
"""

import itertools
import math
import os
import random
import sys
from collections.abc import Iterator
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindwall.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402  (models can be imported only now)
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from bench.team import LONG_WALL  # noqa: E402
from bench.texts import demo_sources  # noqa: E402
from stories.models import OutboxEvent, State, Story, Uplift, WallCount  # noqa: E402

PEOPLE = 40
BATCH = 5_000
SPAN = timedelta(days=3 * 365)
RARE = 20
SYLLABLES = [f"{first}{second}" for first in "bdfgk" for second in "aeio"]

dice = random.Random(24)  # the same wall every time


def fill(stories: int) -> None:
    call_command("migrate", verbosity=0)
    team = Team.objects.create(name="The long wall", slug=LONG_WALL)
    people = User.objects.bulk_create(
        User(email=f"reader{number}@bench.example", name=f"Reader {number}") for number in range(PEOPLE)
    )
    Membership.objects.bulk_create(Membership(team=team, user=person, role="member") for person in people)
    now = timezone.now()
    made = made_stories(team, people, stories)
    for start in range(0, stories, BATCH):
        batch = list(itertools.islice(made, BATCH))
        for place, story in enumerate(batch, start):
            story.published_at = story.submitted_at = story.decided_at = now - SPAN * ((place + 1) / stories) ** 2
        Story.objects.bulk_create(batch)
        Uplift.objects.bulk_create(Uplift(story=story, user=people[0]) for story in batch[::10])
    WallCount.objects.merge()
    OutboxEvent.announce(batch[-1], OutboxEvent.Kind.CARD)
    if connection.vendor == "postgresql":  # as its autovacuum would in a while
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def made_stories(team: Team, people: list[User], number: int) -> Iterator[Story]:
    """Return stories without the moment of their publication."""
    sources = itertools.cycle(demo_sources())
    rare = math.ceil(number / RARE)
    for place in range(number):
        source = next(sources)
        words = [made_word(), made_word()]
        if place % rare == rare // 2:
            words.append("xylophone")
        if dice.random() < 1 / 3:
            words.append("lantern")
        story = Story(team=team, author=people[place % PEOPLE], kind=source["kind"], state=State.PUBLISHED)
        story.body = f"{source['body'].strip()} {' '.join(words)}."
        story.qualities = source["qualities"]
        story.uplift_count = min(int(dice.expovariate(0.2)), PEOPLE - 1)
        yield story


def made_word() -> str:
    """Return one of 20,000 words; those in front are more frequent."""
    number = int(20_000 * dice.random() ** 2)
    return "".join(SYLLABLES[number // 20**place % 20] for place in range(4))


if __name__ == "__main__":
    fill(int(sys.argv[1]))
