"""Which digests of walls are due, by the clock of each reader; and what a digest contains."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import ngettext

from accounts.models import Membership
from kindwall import clock
from kindwall.mail import write
from notices.mail_stops import link_to_stop_digest
from notices.mailboxes import has_mailbox, time_zone_of, with_mailbox, zone_named
from notices.models import NoticePause
from notices.models.wall_digest import MORNING, DigestPace, WallDigest
from stories.models import Story
from stories.models.queryset import StoryQuerySet
from stories.note_shape import text_beginning
from stories.text import count_characters

LAST_HOUR = 20  # after which a digest that a server was not there to send is left out: it is no morning mail any more
DIGESTS_AT_ONCE = 500  # people in one transaction
MOST_STORIES_IN_DIGEST = 5
LONGEST_QUOTE = 280  # letters
MONDAY = 0


def enqueue_due_digests() -> None:
    """Enqueue a mail for each member whose digest is due and may contain something.

    A fixed number of queries where nothing is due, however many people and teams there are.
    """
    from notices.tasks import mail_digest

    offered = Membership.objects.filter(team__wall_digest=True)
    for day, zones in mornings(offered.values_list("user__time_zone", flat=True).distinct().order_by()):
        due = offered.filter(due_on(day), with_mailbox(), user__time_zone__in=zones)
        promising = dict(due.annotate(promising=Exists(perhaps_unseen())).values_list("pk", "promising"))
        for some in batched(sorted(promising), DIGESTS_AT_ONCE):
            with transaction.atomic():
                for pk in WallDigest.objects.claim(some, day):
                    if promising[pk]:
                        mail_digest.enqueue(pk)


def mornings(zones: Iterable[str]) -> list[tuple[date, list[str]]]:
    """Return the dates of these time zones, with the zones in which it is morning or day then."""
    by_day: defaultdict[date, list[str]] = defaultdict(list)
    for zone in zones:
        local = clock.now().astimezone(zone_named(zone))
        if MORNING.hour <= local.hour < LAST_HOUR:
            by_day[local.date()].append(zone)
    return list(by_day.items())


def due_on(day: date) -> Q:
    """Return the condition for memberships whose digest comes on that day and was not claimed yet."""
    due = Q(wall_digest__pace=DigestPace.DAILY)
    if day.weekday() == MONDAY:
        due |= Q(wall_digest=None) | Q(wall_digest__pace=DigestPace.WEEKLY)
    return due & (Q(wall_digest=None) | ~Q(wall_digest__due_on=day) | Q(wall_digest__due_on=None))


def perhaps_unseen() -> StoryQuerySet:
    """Return the stories that may be in a digest of the outer query's member; `WallDigest.stories` is exact."""
    longest = clock.now() - timedelta(days=DigestPace.WEEKLY.days + 1)
    here = Story.objects.published().filter(team=OuterRef("team"), published_at__gt=longest)
    return here.filter(published_at__gt=Coalesce(OuterRef("wall_seen_at"), longest)).exclude(author=OuterRef("user"))


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story as the mail shows it: public within the team, read at the moment of sending."""

    story: Story

    @property
    def path(self) -> str:
        return self.story.get_absolute_url()

    @property
    def paper(self) -> str:
        return self.story.first_quality

    @property
    def words(self) -> str:
        body = self.story.body
        return body if count_characters(body) <= LONGEST_QUOTE else f"{text_beginning(body, LONGEST_QUOTE)}…"

    @property
    def by(self) -> str:
        """Return the author's name, and how often the story was uplifted."""
        number = self.story.uplift_count
        if not number:
            return self.story.author_name
        uplifts = ngettext("%(number)s uplift", "%(number)s uplifts", number) % {"number": number}
        return f"{self.story.author_name} · {uplifts}"


def write_digest(digest: WallDigest) -> None:
    """Send the mail, unless there is nothing that its reader has not seen."""
    reader, stories = digest.membership, digest.stories
    if not has_mailbox(reader.user) or NoticePause.objects.of(reader.user):
        return
    shown = [DigestStory(story) for story in stories.select_related("team")[:MOST_STORIES_IN_DIGEST]]
    if not shown:
        return
    context = {
        "team": reader.team,
        "daily": digest.pace == DigestPace.DAILY,
        "stories": shown,
        "more": stories.count() - len(shown),
    }
    write(
        reader.user.email,
        "notices/mail/wall_digest",
        context,
        language=reader.user.language,
        time_zone=time_zone_of(reader.user).key,
        unsubscribe=link_to_stop_digest(reader),
    )
