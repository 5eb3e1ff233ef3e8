"""Watch words: where they match, and that a story with one is read before it is published."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Membership, TeamEntry
from accounts.team_log import line_of
from accounts.watch_words import clean_watch_words, validate_watch_words
from stories.models import Overtaken, State, Story, StoryText
from stories.watch_words import watched_words, with_watched_words_marked
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_story
from tests.moderation.queue_pages import DESK, shown
from tests.pages import part, text_of, words

pytestmark = pytest.mark.once

SECRET = "We met at the Grünwald shelter."


def watch(cast: Cast, words: str, policy: str = "after") -> None:
    cast.team.change(by=cast.owner, watch_words=words, policy=policy)


def as_now(person: Membership) -> Membership:
    return Membership.objects.select_related("team", "user").get(pk=person.pk)


def sent(cast: Cast, body: str) -> Story:
    story = make_draft(author=cast.member, body=body)
    story.submit(by=as_now(cast.member))
    return story


@pytest.mark.parametrize(
    ("body", "entry", "found"),
    [
        ("Fire at the harbour.", "fire", ["Fire"]),
        ("Fireworks at the harbour.", "fire", []),
        ("Fireworks and a campfire.", "*fire*", ["Fireworks", "campfire"]),
        ("The harbourmaster waved.", "har*master", ["harbourmaster"]),
        ("The harbour waved.", "har*master", []),
        ("aba", "ab*ba", []),
        ("Er aß am Café GRÜN.", "cafe", ["Café"]),
        ("Er aß am Café GRÜN.", "grün", ["GRÜN"]),
        ("STRASSE", "straße", ["STRASSE"]),
        ("We left by the fire\nexit.", "fire exit", ["fire", "exit"]),
        ("We left the fire by the exit.", "fire exit", []),
        ("a bad, bad day", "bad * bad", ["bad", ","]),
        ("I don’t mind", "don’t", ["don", "’", "t"]),
        ("sh\u00adip and sh\u200bip", "ship", ["sh\u00adip"]),
        ("🎉🎉 ❤️", "❤", ["❤"]),
        ("🎉🎉", "party", []),
        ("", "fire", []),
        ("fire", "(fire", []),
        ("C++ is fun", "c++", ["C", "+"]),
    ],
)
def test_entry_matches_whole_words_whatever_their_case_and_accents(body: str, entry: str, found: list[str]) -> None:
    assert watched_words(body, [entry]) == found


def test_time_to_match_grows_with_the_text_and_no_faster() -> None:
    entries = ["*" + "a*" * 19 + "b"] * 100
    assert watched_words("a" * 20_000, entries) == []
    assert watched_words("a " * 20_000, entries) == []


def test_marked_words_are_escaped() -> None:
    assert with_watched_words_marked("<b> & fire\n\nFire exit", ["fire exit", "b"]) == (
        "&lt;<mark>b</mark>&gt; &amp; fire\n\n<mark>Fire</mark> <mark>exit</mark>"
    )


def test_list_is_empty_at_first_and_changes_nothing(cast: Cast) -> None:
    watch(cast, "")
    assert sent(cast, SECRET).state == State.PUBLISHED


@pytest.mark.parametrize(("policy", "trust"), [("after", ""), ("everyone", "trusted"), ("newcomers", "trusted")])
def test_story_with_a_watch_word_waits_where_the_policy_would_publish(cast: Cast, policy: str, trust: str) -> None:
    watch(cast, "grunwald", policy)
    if trust:
        as_now(cast.member).set_trust(trust, by=cast.owner)
    assert sent(cast, "Held the door.").state == State.PUBLISHED
    assert sent(cast, SECRET).state == State.PENDING


def test_edit_of_a_published_story_with_a_watch_word_waits(cast: Cast) -> None:
    watch(cast, "grünwald")
    story = sent(cast, "Held the door.")
    edit = make_edit(story, author=as_now(cast.member), body=SECRET)
    story.refresh_from_db()
    assert (edit.state, story.body) == (State.PENDING, "Held the door.")


def test_published_text_cannot_be_changed_in_place_to_one_with_a_watch_word(cast: Cast) -> None:
    watch(cast, "grünwald")
    story = sent(cast, "Held the door.")
    with pytest.raises(Overtaken):
        story.revise(by=as_now(cast.member), revision=story.revision, text=StoryText("given", ["hope"], SECRET))
    data = {"kind": "given", "qualities": ["hope"], "body": SECRET, "revision": story.revision, "action": "submit"}
    address = f"/harbour-team/stories/{story.pk}/edit/"
    page = signed_in(cast.member).post(address, data, follow=True)
    story.refresh_from_db()
    edit = Story.objects.get(edit_of=story)
    assert (story.body, edit.body, edit.state) == ("Held the door.", SECRET, State.PENDING)
    assert "Your change is waiting for review." in text_of(page)
    harmless = data | {"body": "Held the door open.", "revision": story.revision}
    edit.withdraw(by=as_now(cast.member))
    Story.objects.filter(pk=edit.pk).delete()
    signed_in(cast.member).post(address, harmless)
    story.refresh_from_db()
    assert story.body == "Held the door open."


def test_story_that_is_put_back_with_a_watch_word_waits(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, body=SECRET, state="taken-down")
    watch(cast, "grünwald")
    story.put_back(by=as_now(cast.member))
    assert story.state == State.PENDING


def test_moderators_read_which_word_it_is_and_authors_do_not(cast: Cast) -> None:
    watch(cast, "grun*\nshelter")
    story = sent(cast, SECRET)
    page = text_of(signed_in(cast.moderator).get(DESK, {"story": story.pk}))
    assert "It has the watch words “Grünwald”, “shelter”." in shown(cast.moderator, story)
    assert "the <mark>Grünwald</mark> <mark>shelter</mark>." in page
    own = signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/")
    assert "A moderator reads it first." in words(part(own, f"story-{story.pk}-standing"))
    assert "<mark>" not in text_of(own)
    assert "watch" not in words(part(own, "main"))
    story.publish(by=cast.moderator, revision=story.revision)
    assert "watch word" not in shown(cast.moderator, story)


def test_watch_word_is_marked_where_the_text_shows_what_has_changed(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.owner, state="returned", body="We met at the shelter.")
    watch(cast, "the shelter\ngrun*")
    text = StoryText("given", ["hope"], "We met near the shelter in <Grünwald>.")
    story.revise(by=as_now(cast.member), revision=story.revision, text=text)
    story.submit(by=as_now(cast.member))
    page = text_of(signed_in(cast.moderator).get(DESK, {"story": story.pk}))
    assert (
        "We met <del>at</del><ins>near</ins> <mark>the</mark> <del>shelter.</del>"
        "<ins><mark>shelter</mark> in &lt;<mark>Grünwald</mark>&gt;.</ins>"
    ) in page


def test_moderator_does_not_read_it_of_their_own_story(cast: Cast) -> None:
    watch(cast, "grünwald")
    story = make_draft(author=cast.moderator, body=SECRET)
    story.submit(by=as_now(cast.moderator))
    assert story.state == State.PENDING
    assert "watch word" not in shown(cast.moderator, story)
    assert "watch word" in shown(cast.second_moderator, story)


def test_owner_writes_the_list_and_the_log_tells_what_changed(cast: Cast) -> None:
    client = signed_in(cast.owner)
    data = {"policy": "after", "newcomer_until": 3, "watch_words": " fire \r\n\r\nFire\r\nsafe  house"}
    assert client.post("/harbour-team/settings/moderation/", data).status_code == 302
    cast.team.refresh_from_db()
    assert cast.team.watch_word_list == ["Fire", "safe house"]
    client.post("/harbour-team/settings/moderation/", data | {"watch_words": "Fire\nmoney"})
    line = line_of(TeamEntry.objects.latest("pk"))
    assert line.details == ["Added: “money”", "Removed: “safe house”"]
    assert "2 watch words make a story wait" in text_of(client.get("/harbour-team/settings/overview/"))


@pytest.mark.parametrize("text", ["*", "a\n* *", "x" * 41, "\n".join(f"word{number}" for number in range(101))])
def test_list_has_limits_and_an_error_keeps_what_was_typed(cast: Cast, text: str) -> None:
    with pytest.raises(ValidationError):
        validate_watch_words(clean_watch_words(text))
    data = {"policy": "after", "newcomer_until": 3, "watch_words": text}
    response = signed_in(cast.owner).post("/harbour-team/settings/moderation/", data)
    assert response.status_code == 422
    assert part(response, "id_watch_words_error")
    assert text.splitlines()[0] in text_of(response)
