"""Uplifts and reactions by the buttons below a story."""

import pytest
from django.test import Client

from stories.models import Reaction, ReactionKind, State, Story, Uplift
from tests.conftest import Cast, signed_in
from tests.factories import make_story
from tests.pages import HTMX, part, pressed, root_id, text_of, words

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
    assert (answer.status_code, root_id(answer)) == (200, f"story-{story.pk}-answers")
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
    assert not pressed(answer, f"story-{story.pk}-{key}")
    assert words(part(answer, f"story-{story.pk}-{key}-count")) == "0"
    assert not Uplift.objects.exists()
    assert not Reaction.objects.exists()


def test_author_may_react_to_own_story_but_not_uplift_it(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    answer = press(client, story, "uplift", {}, **HTMX)
    assert (answer.status_code, root_id(answer)) == (409, f"story-{story.pk}-answers")
    assert "Uplifts are for others to give." in text_of(answer)
    assert not Uplift.objects.exists()
    answer = press(client, story, "uplift", {})
    assert answer.status_code == 302
    assert "Uplifts are for others to give." in words(part(client.get("/harbour-team/"), "toasts"))
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
