"""The database finds published stories by their words and their authors' names, and nothing else."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Membership
from stories.models import Story, StoryText, WallCount
from stories.search import index, match
from stories.search.names import author_ids_named, author_names
from stories.search.query import SearchQuery
from stories.wall_filter import BEST, WallFilter
from tests.conftest import Cast
from tests.factories import make_edit, make_story

STRANGE = ['"', "*", "-", "a*", "(a", "a)", "NEAR(a b)", "words:a", "a AND", "OR", "'", "''; --", ":*", "\\", "%", "_"]
STRANGE += ["^a", "{a}", "a:b", "!", "&", "|", "<->", "\0", "\ud800", "ŉ", "x" * 5_000, "☃", "١٢٣", "१२"]


def found(author: Membership, asked: str, **wanted: object) -> set[int]:
    """Return the numbers of the stories that are found in the author's team, by both ways of finding them."""
    search = WallFilter(words=asked, order=BEST, **wanted)  # type: ignore[arg-type]
    by_index = set(search.stories(author.team_id).values_list("pk", flat=True))
    query = search.query
    walked = (
        Story.objects.filter(team=author.team_id)
        .published()
        .filter(match.containing(query, author_ids_named(author.team_id, query)))
    )
    if not wanted:
        assert by_index == set(walked.values_list("pk", flat=True)), asked
    return by_index


def test_story_is_found_while_it_is_published(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="pending", body="Popcorn for Zoë.")
    assert found(cast.member, "popcorn") == set()
    story.publish(by=cast.moderator, revision=story.revision)
    assert found(cast.member, "zoe pop") == {story.pk}
    assert found(cast.foreign_owner, "popcorn") == set()
    story.remove(by=cast.moderator, revision=story.revision, message="Not here.")
    assert found(cast.member, "popcorn") == set()
    story.restore(by=cast.moderator, revision=story.revision)
    assert found(cast.member, "popcorn") == {story.pk}


def test_changed_story_is_found_by_its_new_words_only(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body="Popcorn.")
    make_edit(story, author=cast.member, moderator=cast.moderator, body="Biscuits.")
    assert found(cast.member, "popcorn") == set()
    assert found(cast.member, "biscuits") == {story.pk}


def test_fixed_story_is_found_by_the_fixed_words(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Popcron.")
    story.publish(by=cast.moderator, revision=story.revision, fixed="Popcorn.")
    assert found(cast.member, "popcorn") == {story.pk}
    assert found(cast.member, "popcron") == set()


def test_deleted_story_is_gone_from_the_index(cast: Cast, story: Story) -> None:
    Story.objects.filter(pk=story.pk).delete()
    assert found(cast.member, "door") == set()
    assert list(index.problems(connection)) == []
    cast.team.delete()
    assert list(index.problems(connection)) == []


def test_story_is_found_by_the_present_name_of_its_author(cast: Cast, story: Story) -> None:
    assert found(cast.member, "mia") == {story.pk}
    assert found(cast.member, "mia door") == {story.pk}
    assert found(cast.member, "mia window") == set()
    cast.member.user.name = "Zoë Ångström"
    cast.member.user.save()
    author_names.cache_clear()
    assert found(cast.member, "mia") == set()
    assert found(cast.member, "angstrom") == {story.pk}


def test_frequent_word_is_found_without_reading_all_hits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stories = {make_story(author=cast.member, moderator=cast.moderator, body=f"Door {n}.").pk for n in range(3)}
    monkeypatch.setattr(match, "MOST_HITS", 2)
    query = SearchQuery.read("door")
    walked = Story.objects.filter(match.containing(query, [[]]))
    assert match.found(walked, cast.team.pk, query, [[]]) is None
    assert set(WallFilter(words="door", order=BEST).stories(cast.team.pk).values_list("pk", flat=True)) == stories


def test_single_letter_finds_words_alone(cast: Cast, story: Story) -> None:
    """It begins no name of a kind, a quality, a team or an author in the index."""
    assert not any(word.startswith(("q", "k")) for word in story.words.split())
    assert found(cast.member, "q") == found(cast.member, "k") == set()


@pytest.mark.parametrize("asked", STRANGE)
def test_strange_search_finds_something_or_nothing(cast: Cast, story: Story, asked: str) -> None:
    if SearchQuery.read(asked):
        assert found(cast.member, asked) <= {story.pk}


def test_filters_of_kind_and_quality_are_joined(cast: Cast) -> None:
    def write(kind: str, *qualities: str) -> int:
        return make_story(author=cast.member, moderator=cast.moderator, kind=kind, qualities=qualities).pk

    hope, both, received = write("given", "hope"), write("given", "peace", "hope"), write("received", "hope")
    assert found(cast.member, "door", qualities=("hope",)) == {hope, both, received}
    assert found(cast.member, "door", kinds=("given",), qualities=("hope",)) == {hope, both}
    assert found(cast.member, "", qualities=("hope", "peace")) == {both}
    assert found(cast.member, "", kinds=("given", "received"), qualities=("hope",)) == {hope, both, received}
    assert WallCount.objects.in_team(cast.team.pk) == {"given": 2, "received": 1, "hope": 3, "peace": 1}


def test_counts_follow_an_edit(cast: Cast) -> None:
    story = make_story(author=cast.moderator, moderator=cast.second_moderator, kind="given", qualities=("hope",))
    story.revise(by=cast.moderator, revision=story.revision, text=StoryText("received", ("love", "hope"), "Door."))
    counts = WallCount.objects.in_team(cast.team.pk)
    assert {name: number for name, number in counts.items() if number} == {"received": 1, "love": 1, "hope": 1}


def run_reindex(*options: str) -> str:
    out = StringIO()
    call_command("reindex", *options, stdout=out)
    return out.getvalue()


def test_reindex_reports_and_corrects_what_is_wrong(cast: Cast, story: Story) -> None:
    assert run_reindex() == "The search knows every story.\n"
    Story.objects.filter(pk=story.pk).update(words=" window ")
    WallCount.objects.filter(facet="qhope").update(number=7)
    report = run_reindex()
    assert f"Story {story.pk} is found by words that it does not have." in report
    assert f"Team {cast.team.pk} has another number of stories with “hope” than it counts." in report
    assert "anew" in run_reindex("--fix")
    assert run_reindex() == "The search knows every story.\n"
    assert found(cast.member, "door") == {story.pk}


def test_frequent_word_is_found_without_the_search_index(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "FREQUENT", 2)
    lanterns = {make_story(author=cast.member, moderator=cast.moderator, body="A lantern.").pk for _number in range(2)}
    popcorn = make_story(author=cast.member, moderator=cast.moderator, body="Popcorn.")
    make_story(author=cast.foreign_owner, moderator=cast.foreign_owner, body="A lantern.")
    wall = Story.objects.filter(team=cast.team).published()
    for asked, is_frequent in (("lantern", True), ("popcorn", False)):
        walked = wall.filter(match.containing(SearchQuery.read(asked), [set()]))
        assert match.is_frequent(walked, cast.team.pk) is is_frequent
    monkeypatch.setattr(match, "PROBED", 2)
    again = make_story(author=cast.member, moderator=cast.moderator, body="Popcorn again.")
    popped = wall.filter(match.containing(SearchQuery.read("popcorn"), [set()]))
    assert not match.is_frequent(popped, cast.team.pk), "only lately"
    assert found(cast.member, "popcorn") == {popcorn.pk, again.pk}
    monkeypatch.setattr(match, "PROBED", 1_000)
    if connection.vendor == "postgresql":
        monkeypatch.delattr(match, "postgresql_search")
    assert found(cast.member, "lantern") == lanterns
    assert found(cast.member, "lantern", kinds=("given",)) == lanterns
