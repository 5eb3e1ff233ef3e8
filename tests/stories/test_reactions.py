"""Uplifts and reactions by the buttons below a story."""

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.html import Element
from django.test.utils import CaptureQueriesContext

from stories.models import OutboxEvent, Reaction, ReactionKind, State, Story, Uplift
from stories.views.lookup import MOST_STORIES
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.pages import HTMX, attribute, elements, ids, part, pressed, root_id, text_of, words

pytestmark = pytest.mark.once

BUTTONS = [("uplift", {}, "uplift"), *(("react", {"kind": str(kind)}, str(kind)) for kind in ReactionKind)]
each_button = pytest.mark.parametrize(("action", "data", "key"), BUTTONS, ids=[key for *_, key in BUTTONS])


def press(client: Client, story: Story, action: str, data: dict[str, str], **headers: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return client.post(f"/harbour-team/stories/{story.pk}/{action}/", data, headers=headers)


@each_button
def test_press_without_javascript_leads_back_to_the_story_on_the_wall(
    cast: Cast, story: Story, action: str, data: dict[str, str], key: str
) -> None:
    client = signed_in(cast.newcomer)
    referer = "http://testserver/harbour-team/?before=99-9#main"
    answer = press(client, story, action, data, Referer=referer)
    assert answer.status_code == 302
    assert answer["Location"] == f"http://testserver/harbour-team/?before=99-9#story-{story.pk}-card"
    assert "HX-Request" in answer["Vary"]
    assert pressed(client.get("/harbour-team/"), f"story-{story.pk}-{key}")


@each_button
def test_press_with_htmx_returns_the_readers_buttons(
    cast: Cast, story: Story, action: str, data: dict[str, str], key: str
) -> None:
    client = signed_in(cast.newcomer)
    answer = press(client, story, action, data, **HTMX)
    assert (answer.status_code, root_id(answer)) == (200, f"story-{story.pk}-reactions")
    assert "HX-Request" in answer["Vary"]
    assert "<html" not in text_of(answer)
    assert pressed(answer, f"story-{story.pk}-{key}")
    assert words(part(answer, f"story-{story.pk}-{key}-count")) == "1"


@each_button
def test_second_press_takes_the_reaction_back(
    cast: Cast, story: Story, action: str, data: dict[str, str], key: str
) -> None:
    client = signed_in(cast.newcomer)
    press(client, story, action, data, **HTMX)
    answer = press(client, story, action, data, **HTMX)
    assert f"story-{story.pk}-{key}" not in ids(answer) or not pressed(answer, f"story-{story.pk}-{key}")
    assert not Uplift.objects.exists()
    assert not Reaction.objects.exists()


def test_author_may_react_to_own_story_but_not_uplift_it(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    answer = press(client, story, "uplift", {}, **HTMX)
    assert (answer.status_code, root_id(answer)) == (409, f"story-{story.pk}-reactions")
    assert "Only others can uplift it." in text_of(answer)
    assert part(answer, f"story-{story.pk}-uplift").name == "span", "no button that would only be refused"
    assert not Uplift.objects.exists()
    answer = press(client, story, "uplift", {})
    assert answer.status_code == 302
    assert "Only others can uplift it." in words(part(client.get("/harbour-team/"), "toasts"))
    assert press(client, story, "react", {"kind": "smile"}).status_code == 302
    assert Reaction.objects.count() == 1


@pytest.mark.parametrize("kind", ["", "shrug", "SEE", "uplift", "see\x00"])
def test_unknown_reaction_is_refused(cast: Cast, story: Story, kind: str) -> None:
    assert press(signed_in(cast.newcomer), story, "react", {"kind": kind}).status_code == 400
    assert not Reaction.objects.exists()


@each_button
def test_reaction_to_a_removed_story_is_not_found_for_a_reader(
    cast: Cast, story: Story, action: str, data: dict[str, str], key: str
) -> None:
    story.remove(by=cast.moderator, revision=1, message="For now.")
    for headers in ({}, HTMX):
        assert press(signed_in(cast.newcomer), story, action, data, **headers).status_code == 404


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.PUBLISHED)])
def test_moderator_cannot_react_to_an_unpublished_story(cast: Cast, state: State) -> None:
    story = make_story(author=cast.member, moderator=cast.second_moderator, state=state)
    client = signed_in(cast.moderator)
    answer = press(client, story, "uplift", {}, **HTMX)
    assert answer.status_code == 409
    assert "not on the wall" in text_of(answer)
    assert press(client, story, "uplift", {})["Location"] == "/harbour-team/"
    assert not Uplift.objects.exists()


@pytest.mark.parametrize("referer", ["https://evil.example/harbour-team/", "//evil.example", "javascript:alert(1)", ""])
def test_press_never_redirects_to_another_site(cast: Cast, story: Story, referer: str) -> None:
    answer = press(signed_in(cast.newcomer), story, "uplift", {}, Referer=referer)
    assert answer["Location"] == f"/harbour-team/#story-{story.pk}-card"


# The state that is wanted

JSON = {"Accept": "application/json"}


def choices(page: HttpResponseBase) -> list[Element]:
    """The five reactions in the page's menu."""
    return [one for one in elements(str(part(page, "reaction-menu"))) if one.name == "button"]


@each_button
def test_repeated_press_asks_for_the_same_state(
    cast: Cast, story: Story, action: str, data: dict[str, str], key: str
) -> None:
    client = signed_in(cast.newcomer)
    before = OutboxEvent.objects.newest_id()
    for number in (1, 1):
        press(client, story, action, {"give": key})
        given = client.get("/harbour-team/reactions/", {"story": story.pk}).json()["stories"][str(story.pk)]
        assert (given["pressed"], given["counts"][key]) == ([key], number)
    assert OutboxEvent.objects.after(before).count() == 1, "nothing is announced that changes nothing"
    for _twice in range(2):
        press(client, story, action, {"take-back": key})
        assert (Uplift.objects.count(), Reaction.objects.count()) == (0, 0)
    story.refresh_from_db()
    assert (story.uplift_count, story.warm_count) == (0, 0)


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_each_button_posts_the_state_that_is_wanted(cast: Cast, story: Story, path: str) -> None:
    client, address = signed_in(cast.newcomer), f"/harbour-team/{path.format(pk=story.pk)}"
    press(client, story, "react", {"give": "warm"})
    page = client.get(address)
    for key, name in (("uplift", "give"), ("warm", "take-back")):
        button = part(page, f"story-{story.pk}-{key}")
        assert (attribute(button, "name"), attribute(button, "value")) == (name, key)
        press(client, story, str(attribute(button, "formaction")).split("/")[-2], {name: key})
    assert (Uplift.objects.count(), Reaction.objects.count()) == (1, 0)


def test_press_by_script_returns_the_readers_state_and_all_counts(cast: Cast, story: Story) -> None:
    story.set_uplift(by=cast.owner, wanted=True)
    reply = press(signed_in(cast.newcomer), story, "react", {"give": "warm"}, **JSON)
    state = reply.json()["stories"][str(story.pk)]
    assert (reply.status_code, reply.json()["said"], state["pressed"]) == (200, "", ["warm"])
    assert state["counts"] == {"uplift": 1, "see": 0, "high-five": 0, "smile": 0, "warm": 1, "try": 0}
    assert "Accept" in reply["Vary"]


def test_refused_press_by_script_says_why(cast: Cast, story: Story) -> None:
    reply = press(signed_in(cast.member), story, "uplift", {"give": "uplift"}, **JSON)
    assert (reply.status_code, reply.json()["stories"][str(story.pk)]["pressed"]) == (409, [])
    assert reply.json()["said"] == "This is your own story. Only others can uplift it."


# What a card shows


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_card_shows_uplift_and_react_and_only_what_was_given(cast: Cast, story: Story, path: str) -> None:
    client, address = signed_in(cast.newcomer), f"/harbour-team/{path.format(pk=story.pk)}"
    shown = [f"story-{story.pk}-{key}" for key in ("uplift", "react")]
    group = part(client.get(address), f"story-{story.pk}-reactions")
    assert [one for one in ids(str(group)) if not one.endswith(("count", "reactions"))] == [
        *shown,
        f"story-{story.pk}-who",
    ]
    assert [words(part(str(group), one)) for one in shown] == ["Uplift 0", "React"]
    assert attribute(part(str(group), f"story-{story.pk}-who"), "hidden") is not None
    story.set_reaction(ReactionKind.WARM, by=cast.owner, wanted=True)
    group = part(client.get(address), f"story-{story.pk}-reactions")
    assert words(part(str(group), f"story-{story.pk}-warm")) == "Warmed me 1"
    assert attribute(part(str(group), f"story-{story.pk}-who"), "hidden") is None


def test_five_choices_have_names_and_are_on_the_page_once(cast: Cast, story: Story) -> None:
    make_story(author=cast.member, moderator=cast.moderator)
    client = signed_in(cast.newcomer)
    assert [words(one) for one in choices(client.get("/harbour-team/"))] == list(map(str, ReactionKind.labels))
    press(client, story, "react", {"give": "see"})
    alone = choices(client.get(f"/harbour-team/stories/{story.pk}/"))
    address = f"/harbour-team/stories/{story.pk}/react/"
    assert {attribute(one, "formaction") for one in alone} == {address}, "without a script they are this story's"
    assert [attribute(one, "aria-pressed") for one in alone] == ["true", *["false"] * 4]
    assert [attribute(one, "name") for one in alone] == ["take-back", *["give"] * 4]


@pytest.mark.parametrize("path", ["", "stories/{pk}/"])
def test_own_story_has_no_uplift_button(cast: Cast, story: Story, path: str) -> None:
    story.set_uplift(by=cast.owner, wanted=True)
    page = signed_in(cast.member).get(f"/harbour-team/{path.format(pk=story.pk)}")
    assert (part(page, f"story-{story.pk}-uplift").name, words(part(page, f"story-{story.pk}-uplift"))) == (
        "span",
        "Uplift 1",
    )


# One's own, for a page that was left and is opened again


def test_own_reactions_are_those_of_the_reader_alone(cast: Cast, story: Story) -> None:
    other = make_story(author=cast.member, moderator=cast.moderator)
    waiting = make_story(author=cast.member, state="pending")
    foreign = make_story(author=cast.foreign_owner, moderator=cast.foreign_owner)
    story.set_uplift(by=cast.newcomer, wanted=True)
    other.set_uplift(by=cast.owner, wanted=True)
    numbers: list[int | str] = [story.pk, other.pk, waiting.pk, foreign.pk, "x", "9" * 5000, -1, ""]
    found = signed_in(cast.newcomer).get("/harbour-team/reactions/", {"story": numbers}).json()["stories"]
    assert {pk: (one["pressed"], one["counts"]["uplift"]) for pk, one in found.items()} == {
        str(story.pk): (["uplift"], 1),
        str(other.pk): ([], 1),
    }


def test_own_reactions_are_read_for_as_many_stories_as_a_page_shows(cast: Cast, story: Story) -> None:
    client = signed_in(cast.newcomer)
    beyond = {"story": [*range(10**6, 10**6 + MOST_STORIES), story.pk]}
    assert client.get("/harbour-team/reactions/", beyond).json() == {"stories": {}}


# Who reacted


def who(client: Client, story: Story) -> HttpResponseBase:
    return client.get(f"/harbour-team/stories/{story.pk}/reactions/")


def test_people_are_named_by_reaction_in_the_order_in_which_they_came(cast: Cast, story: Story) -> None:
    for person in (cast.owner, cast.newcomer):
        story.set_uplift(by=person, wanted=True)
    story.set_reaction(ReactionKind.TRY, by=cast.newcomer, wanted=True)
    page = who(signed_in(cast.member), story)
    uplift = words(part(page, f"story-{story.pk}-uplift-people"))
    assert uplift.index(cast.owner.user.name) < uplift.index(cast.newcomer.user.name)
    assert cast.owner.user.name not in words(part(page, f"story-{story.pk}-try-people"))
    assert f"story-{story.pk}-warm-people" not in ids(page)


def test_person_who_left_the_team_is_counted_and_not_named(cast: Cast, story: Story) -> None:
    for person in (cast.owner, cast.newcomer):
        story.set_uplift(by=person, wanted=True)
    cast.newcomer.delete()
    uplift = words(part(who(signed_in(cast.member), story), f"story-{story.pk}-uplift-people"))
    assert cast.newcomer.user.name not in uplift
    assert "and 1 more" in uplift


def test_twice_the_people_cost_the_same_queries(cast: Cast, story: Story) -> None:
    client, costs = signed_in(cast.member), []
    for _more in range(2):
        for _one in range(3):
            story.set_uplift(by=make_member(team=cast.team), wanted=True)
        with CaptureQueriesContext(connection) as captured:
            who(client, story)
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_no_more_names_than_a_page_holds(cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stories.reactions.MOST_NAMES", 2)
    for _one in range(3):
        story.set_uplift(by=make_member(team=cast.team), wanted=True)
    assert "and 1 more" in words(part(who(signed_in(cast.member), story), f"story-{story.pk}-uplift-people"))
