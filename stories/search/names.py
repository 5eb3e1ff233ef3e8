"""Finding the people whose name somebody looks for, among those who have stories on a wall.

Names are not in the index of stories, because a person may take another name at any time.
"""

from datetime import datetime
from sys import getsizeof

from django.utils import timezone

from accounts.models import User
from kindwall.byte_cache import cached_up_to
from stories.models.story import Story
from stories.search.folding import folded
from stories.search.query import SearchQuery

MOST_PEOPLE = 50  # whose stories one word finds by their name
CACHE_BYTES = 4 << 20
Names = tuple[tuple[int, str], ...]


def people_named(team_id: int, query: SearchQuery) -> list[list[int]]:
    """Return, for each wanted term, the people whose name has it; one query in a minute for a team."""
    if not query.wanted:
        return []
    names = names_in(team_id, timezone.now().replace(second=0, microsecond=0))
    return [
        [pk for pk, name in names if any(pattern in name for pattern in term.patterns)][:MOST_PEOPLE]
        for term in query.wanted
    ]


def weight(names: Names) -> int:
    return sum(getsizeof(name) + 100 for _, name in names)


@cached_up_to(CACHE_BYTES, weight)
def names_in(team_id: int, minute: datetime) -> Names:
    """Return the authors of published stories with their folded names."""
    published = Story.objects.published().filter(team=team_id)
    authors = User.objects.filter(pk__in=published.values("author")).order_by("pk").values_list("pk", "name")
    return tuple((pk, folded(name)) for pk, name in authors)
