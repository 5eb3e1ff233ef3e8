"""The page about one author: their stories, letters to them, and how far they are trusted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, TeamEntry
from moderation.authors import AUTHOR_STORIES_SHOWN, stories_before
from stories.models import SentStory, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_member, make_story
from tests.moderation.queue_pages import DESK, cost
from tests.pages import attribute, elements, fields, part, text_of, value, words
from tests.stories.test_wall import plan_of

PEOPLE = "/harbour-team/people/"
once = pytest.mark.once


def at(member: Membership) -> str:
    return f"{DESK}people/{member.pk}/"


def again(member: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=member.pk)


def read(cast: Cast, member: Membership, query: str = "") -> str:
    response = signed_in(cast.moderator).get(at(member) + query)
    assert response.status_code == 200
    return words(part(response, "main"))


def numbers(cast: Cast, member: Membership, query: str = "") -> list[int]:
    page = text_of(signed_in(cast.moderator).get(at(member) + query))
    stories = page[page.index('class="author-stories"') :].split("</ul>")[0]
    links = [attribute(element, "href") or "" for element in elements(stories)]
    return [int(link.partition("story=")[2]) for link in links if "story=" in link]


@once
def test_stories_are_listed_by_state(cast: Cast) -> None:
    published = make_story(author=cast.member, moderator=cast.moderator, body="Carried the plotter.")
    returned = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    waiting = make_story(author=cast.member, state="pending")
    make_story(author=cast.newcomer, state="pending")
    assert numbers(cast, cast.member) == [waiting.pk, returned.pk, published.pk]
    assert numbers(cast, cast.member, "?state=published") == [published.pk]
    assert "Carried the plotter." in read(cast, cast.member)
    assert "All 3 Waiting for review 1 Published 1 Returned 1" in read(cast, cast.member)
    assert numbers(cast, cast.member, "?state=nonsense") == numbers(cast, cast.member)


@once
def test_nothing_that_the_author_is_writing_is_shown(cast: Cast) -> None:
    draft = make_draft(author=cast.member, body="A secret draft.")
    returned = make_story(author=cast.member, moderator=cast.moderator, state="returned", body="As it was sent.")
    returned.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "A secret change."))
    shown = read(cast, cast.member)
    assert "As it was sent." in shown
    assert "secret" not in shown
    assert draft.pk not in numbers(cast, cast.member)
    for state in ("draft", "accepted"):
        assert numbers(cast, cast.member, f"?state={state}") == [returned.pk], "an unknown state"


@once
def test_accepted_edit_is_no_story_of_its_own(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    make_edit(story, author=cast.member, moderator=cast.moderator)
    assert numbers(cast, cast.member) == [story.pk]


@once
def test_letters_are_shown_with_their_reason_and_a_way_to_the_story(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    shown = read(cast, cast.member)
    assert "Mo Moderator returned," in shown
    assert "Please say what happened." in shown
    letters = text_of(signed_in(cast.moderator).get(at(cast.member))).partition('id="author-letters"')[2]
    assert f"story={story.pk}" in letters
    assert "Letters to them" not in read(cast, cast.newcomer)


@once
def test_more_letters_cost_the_same_queries(cast: Cast) -> None:
    client = signed_in(cast.moderator)

    def letters_from(*moderators: Membership) -> int:
        for moderator in moderators:
            make_story(author=cast.member, moderator=moderator, state="returned")
        return cost(lambda: client.get(at(cast.member)))

    letters_from(cast.moderator)  # the session notes the role once
    assert letters_from(cast.second_moderator) == letters_from(cast.owner, cast.second_moderator, cast.moderator)


@once
@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("everyone", "A moderator reads everybody’s stories here first"),
        ("newcomers", "They are new here: 1 of 3 stories are published."),
        ("after", "By the team’s rule, their stories are published at once."),
    ],
)
def test_page_says_why_stories_are_read_first(cast: Cast, policy: str, why: str) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    cast.team.change(by=cast.owner, policy=policy)
    assert why in read(cast, cast.member)


@once
@pytest.mark.parametrize(
    ("trust", "told", "why"),
    [
        ("trusted", "", "a moderator marked them as trusted"),
        ("always", "", "A moderator chose to read their stories first. They are not told that."),
        ("always", "on", "A moderator chose to read their stories first. They are told so."),
    ],
)
def test_one_press_changes_the_trust(cast: Cast, trust: str, told: str, why: str) -> None:
    client = signed_in(cast.moderator)
    for _again in range(2):
        response = client.post(f"{PEOPLE}{cast.member.pk}/trust/", {"trust": trust, "told": told})
        assert (response.status_code, response["Location"]) == (302, at(cast.member))
    assert again(cast.member).trust == trust
    entry = TeamEntry.objects.get()
    assert entry.detail == {"from": "", "to": trust} | ({"told": True} if told else {})
    page = client.get(at(cast.member))
    assert why in words(part(page, "main"))
    assert sum(attribute(element, "aria-pressed") == "true" for element in elements(text_of(page))) == 1
    assert {value(field) for field in fields(page, "trust")} == {"", "trusted", "always"}


@once
def test_author_is_told_of_it_only_where_a_moderator_chose_so(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator)
    cast.team.change(by=cast.owner, policy="after")
    client = signed_in(cast.member)
    cast.member.set_trust("always", by=cast.moderator)
    for path in ("share/", f"people/{cast.member.pk}/", f"stories/{story.pk}/edit/"):
        assert "has asked to read" not in text_of(client.get(f"/harbour-team/{path}"))
    assert "A moderator reads your stories first." in text_of(client.get("/harbour-team/share/"))
    cast.member.set_trust("always", by=cast.moderator, told=True)
    assert "A moderator has asked to read your stories first." in text_of(client.get("/harbour-team/share/"))
    cast.team.change(by=cast.owner, policy="everyone")
    cast.member.set_trust("always", by=cast.moderator)
    assert "A moderator reads every story first." in text_of(client.get("/harbour-team/share/")), "as for the others"


@once
@pytest.mark.parametrize("data", [{}, {"trust": "blindly"}])
def test_invalid_choice_changes_nothing(cast: Cast, data: dict[str, str]) -> None:
    cast.member.set_trust("always", by=cast.owner)
    response = signed_in(cast.moderator).post(f"{PEOPLE}{cast.member.pk}/trust/", data, follow=True)
    assert "Choose" in words(part(response, "toasts")) or "not one of" in words(part(response, "toasts"))
    assert again(cast.member).trust == "always"


@once
def test_nobody_settles_their_own(cast: Cast) -> None:
    for person in (cast.moderator, cast.owner):
        client = signed_in(person)
        assert client.get(at(person))["Location"] == "/harbour-team/mine/"
        client.post(f"{PEOPLE}{person.pk}/trust/", {"trust": "trusted"})
        assert again(person).trust == ""


@once
def test_page_is_for_moderators_of_the_team(cast: Cast) -> None:
    for client, status in ((signed_in(cast.newcomer), 403), (signed_in(cast.stranger), 404)):
        assert client.get(at(cast.member)).status_code == status
        assert client.post(f"{PEOPLE}{cast.member.pk}/trust/", {"trust": "trusted"}).status_code == status
    foreign = f"/elsewhere/moderation/people/{cast.member.pk}/"
    assert signed_in(cast.foreign_owner).get(foreign).status_code == 404
    assert again(cast.member).trust == ""


@once
def test_desk_and_the_people_lead_to_the_page(cast: Cast, pending: Story) -> None:
    client = signed_in(cast.moderator)
    assert at(cast.member) in text_of(client.get(DESK, {"story": pending.pk}))
    assert at(cast.member) in text_of(client.get(f"{PEOPLE}{cast.member.pk}/"))


def test_older_stories_are_on_the_next_page_in_the_same_number_of_queries(cast: Cast) -> None:
    def costs(query: str = "") -> int:
        client = signed_in(cast.moderator)
        with CaptureQueriesContext(connection) as captured:
            client.get(at(author) + query)
        return len(captured)

    author = make_member(team=cast.team, name="Ada Author")
    make_story(author=author, moderator=cast.moderator)
    few = costs()
    stories = [make_story(author=author, moderator=cast.moderator) for _ in range(AUTHOR_STORIES_SHOWN + 1)]
    assert costs() == few
    first = numbers(cast, author)
    assert first == [story.pk for story in reversed(stories)][:AUTHOR_STORIES_SHOWN]
    assert len(numbers(cast, author, f"?before={first[-1]}")) == 2
    theirs = SentStory.objects.for_moderators(cast.moderator).written_by(author)
    for state in ("", "published"):
        plan = plan_of(*stories_before(theirs, state, "5").query.sql_with_params())
        assert "story_of_author" in plan or connection.vendor == "postgresql", "PostgreSQL reads so few by their number"
        assert not any(slow in plan for slow in ("TEMP B-TREE", "Sort", "Seq Scan on stories_story")), "read in order"
