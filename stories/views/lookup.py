"""The story, the author or the part of a wall that an address names, as this person may see them."""

from dataclasses import replace

from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import Membership, Team, User
from kindwall.numbers import read_number
from stories.models import Story, seen_by
from stories.neighbours import Neighbours, neighbours
from stories.wall_bar import WallBar
from stories.wall_filter import WallFilter, page_address
from stories.wall_order import is_cursor

MOST_STORIES = 100  # that one request may ask for


def get_readable(membership: Membership, pk: int) -> Story:
    """Return the story as this person may read it; 404 where they may not."""
    story = seen_by(membership, [pk]).get(pk)
    if story is None:
        raise Http404
    return story


def get_author(team: Team, asked: str) -> User:
    """Return the person with that number, whose name is under a story on the team's wall; 404 for everybody else."""
    written = Story.objects.of(team).published().by_author(read_number(asked) or 0)
    story = written.with_author().first()
    if story is None or story.author is None:
        raise Http404
    return story.author


def read_stories(request: HttpRequest) -> list[int]:
    """Return the numbers of the stories that the address names, each once."""
    named = [read_number(text) for text in request.GET.getlist("story")[:MOST_STORIES]]
    return list(dict.fromkeys(number for number in named if number))


def read_bar(request: HttpRequest, team: Team, reader: int | None = None) -> WallBar:
    """Read the part of the wall that the address asks for. Raises Http404 for an author without a story there."""
    wanted = WallFilter.read(request.GET, reader)
    author = get_author(team, request.GET["author"]) if "author" in request.GET else None
    asked = request.GET.get("before", "")
    before = asked if is_cursor(asked, wanted) else ""
    return WallBar(wanted, reader, author, before, is_place_unknown=asked != before)


def read_way(request: HttpRequest, story: Story, reader: int | None = None) -> Neighbours:
    """Return the neighbours of a story in the part of the wall that the address names."""
    wanted, address = read_origin(request, story, reader)
    return neighbours(wanted, story, timezone.now(), address)


def read_origin(request: HttpRequest, story: Story, reader: int | None = None) -> tuple[WallFilter, str]:
    """Return the part of the wall from which a story was opened, without what is wrong in it; and its page's query."""
    wanted = WallFilter.read(request.GET, reader)
    if wanted.author != story.author_id:
        wanted = replace(wanted, author=None)
    asked = request.GET.get("before", "")
    before = asked if is_cursor(asked, wanted) else ""
    return wanted, page_address(wanted.address(reader), before)
