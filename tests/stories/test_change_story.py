"""Changing a published story where a moderator reviews the new text first."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kindwall import clock
from stories.models import State, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_edit, make_story
from tests.pages import HTMX, attribute, ids, part, text_of, value, words

pytestmark = pytest.mark.once

OLD, NEW = "Held the door, and my tongue.", "Held the door, and smiled."


def page(story: Story) -> str:
    return f"/harbour-team/stories/{story.pk}/"


def typed(**fields: Any) -> dict[str, Any]:
    whole = {"kind": "given", "qualities": ["hope"], "body": NEW, "revision": "0", "action": "submit"}
    return whole | {"composer": str(uuid.uuid4())} | fields


def text(story: Story) -> str:
    return Story.objects.get(pk=story.pk).body


def the_edit(story: Story) -> Story:
    return story.edits.select_related("team").get()


def test_the_composer_begins_with_the_present_text_and_says_that_it_stays_up(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    assert f'href="{page(story)}edit/"' in text_of(client.get(page(story)))
    shown = client.get(f"{page(story)}edit/")
    assert value(part(shown, "id_body")) == OLD
    assert "hangs on the wall as it is until a moderator has read the new text" in words(part(shown, "main"))
    assert attribute(part(shown, "composer"), "action") == f"{page(story)}edit/"
    assert not story.edits.exists()


def test_the_first_save_begins_the_change_and_the_next_ones_go_on_with_it(cast: Cast, story: Story) -> None:
    client, composer = signed_in(cast.member), str(uuid.uuid4())
    for body in ("Held", "Held the door, and", NEW):
        data = typed(action="save", body=body, composer=composer)
        answer = client.post(f"{page(story)}edit/", data, headers=HTMX)
        assert answer.status_code == 200
        assert answer["HX-Replace-Url"] == f"{page(the_edit(story))}edit/"
    assert (the_edit(story).body, the_edit(story).state) == (NEW, "draft")
    assert text(story) == OLD
    shown = client.get(f"{page(the_edit(story))}edit/")
    assert value(part(shown, "id_body")) == NEW
    assert "hangs on the wall as it is" in words(part(shown, "main"))


def test_it_is_sent_waits_is_accepted_and_leads_to_its_story(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    answer = client.post(f"{page(story)}edit/", typed())
    edit = the_edit(story)
    assert (answer.status_code, answer["Location"], edit.state) == (302, page(edit), "pending")
    shown = client.get(page(edit))
    assert "Until it is read, the old text hangs." in words(part(shown, "toasts"))
    assert "Held the door, and <del>my tongue.</del><ins>smiled.</ins>" in text_of(shown)
    assert "Until then the old text hangs." in words(part(shown, f"story-{edit.pk}-standing"))
    assert text(story) == OLD
    edit.publish(by=cast.moderator, revision=edit.revision)
    assert text(story) == NEW
    for person in (cast.member, cast.moderator):
        assert signed_in(person).get(page(edit))["Location"] == page(story)
    assert f"story-{edit.pk}-edit" not in ids(client.get(page(story)))


def test_the_story_shows_its_author_where_the_change_stands_with_its_letters(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body=NEW)
    client = signed_in(cast.member)
    hung = client.get(page(story))
    assert "Waiting" in words(part(hung, f"story-{edit.pk}-edit"))
    assert "<del>my tongue.</del><ins>smiled.</ins>" in text_of(hung)
    with clock.at(timezone.now() - timedelta(seconds=11)):
        edit.return_for_change(by=cast.moderator, revision=edit.revision, message="Say at whom.")
    shown = part(client.get(page(story)), f"story-{edit.pk}-edit")
    assert "Returned for a change" in words(shown)
    assert "Say at whom." in words(shown)
    assert f"story-{edit.pk}-edit" not in ids(signed_in(cast.newcomer).get(page(story)))
    returned = client.get(page(edit))
    assert value(part(returned, "id_body")) == NEW
    assert "smiled." in words(part(returned, f"story-{edit.pk}-change"))
    assert "<del>my tongue.</del><ins>smiled.</ins>" in text_of(returned)


@pytest.mark.parametrize(("state", "leads"), [("draft", "edit/"), ("pending", "")])
def test_there_is_one_at_a_time(cast: Cast, story: Story, state: str, leads: str) -> None:
    edit = make_edit(story, author=cast.member, body=NEW)
    if state == "draft":
        edit.withdraw(by=cast.member)
    client = signed_in(cast.member)
    assert client.get(f"{page(story)}edit/")["Location"] == page(edit) + leads


def test_a_second_window_writes_over_nothing_and_is_shown_both(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    client.post(f"{page(story)}edit/", typed(action="save"))
    answer = client.post(f"{page(story)}edit/", typed(action="save", body="Another.", revision=1))
    assert answer.status_code == 409
    assert value(part(answer, "id_body")) == "Another."
    assert NEW in words(part(answer, "main"))
    assert the_edit(story).body == NEW
    hidden = {name: value(part(answer, f"id_{name}")) for name in ("revision", "composer")}
    address = attribute(part(answer, "composer"), "action") or ""
    assert client.post(address, typed(body="Another.", **hidden)).status_code == 302
    assert the_edit(story).body == "Another."


def test_a_window_left_open_until_the_change_was_accepted_can_send_its_words_as_the_next(
    cast: Cast, story: Story
) -> None:
    client, data = signed_in(cast.member), typed()
    client.post(f"{page(story)}edit/", data)
    edit = the_edit(story)
    edit.publish(by=cast.moderator, revision=edit.revision)
    for address in (f"{page(story)}edit/", f"{page(edit)}edit/"):
        answer = client.post(address, data | {"body": "A third thought."})
        assert answer.status_code == 409
        assert value(part(answer, "id_body")) == "A third thought."
        assert attribute(part(answer, "composer"), "action") == f"{page(story)}edit/"
    hidden = {name: value(part(answer, f"id_{name}")) for name in ("revision", "composer")}
    assert client.post(f"{page(story)}edit/", typed(body="A third thought.", **hidden)).status_code == 302
    assert [one.body for one in story.edits.order_by("pk")] == [NEW, "A third thought."]
    assert text(story) == NEW


def test_a_story_that_was_published_meanwhile_takes_the_words_as_a_change(cast: Cast) -> None:
    client, data = signed_in(cast.member), typed(body=OLD)
    client.post("/harbour-team/share/", data)
    story = Story.objects.get()
    story.publish(by=cast.moderator, revision=1)
    answer = client.post("/harbour-team/share/", data | {"body": NEW})
    assert answer.status_code == 409
    hidden = {name: value(part(answer, f"id_{name}")) for name in ("revision", "composer")}
    address = attribute(part(answer, "composer"), "action") or ""
    assert client.post(address, typed(**hidden)).status_code == 302
    assert (the_edit(story).body, the_edit(story).state, text(story)) == (NEW, "pending", OLD)


def test_sent_unchanged_it_says_so(cast: Cast, story: Story) -> None:
    answer = signed_in(cast.member).post(f"{page(story)}edit/", typed(body=OLD))
    assert answer.status_code == 422
    assert "This is how it hangs already." in words(part(answer, "body-error"))
    assert not story.edits.exclude(state="draft").exists()


def test_unfinished_it_is_kept_and_not_sent(cast: Cast, story: Story) -> None:
    answer = signed_in(cast.member).post(f"{page(story)}edit/", typed(body="x" * 1_001))
    assert answer.status_code == 422
    assert (the_edit(story).body, the_edit(story).state) == ("x" * 1_001, "draft")
    assert text(story) == OLD


def test_whoever_needs_no_review_changes_it_in_place(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, policy="after")
    client = signed_in(cast.member)
    shown = client.get(f"{page(story)}edit/")
    assert words(part(shown, "main")).startswith("Change your story")
    answer = client.post(f"{page(story)}edit/", typed(revision=story.revision))
    assert (answer.status_code, answer["Location"]) == (302, page(story))
    assert text(story) == NEW
    assert not story.edits.exists()


def test_put_under_review_meanwhile_the_words_become_a_change(cast: Cast, story: Story) -> None:
    cast.team.change(by=cast.owner, policy="after")
    client = signed_in(cast.member)
    shown = client.get(f"{page(story)}edit/")
    hidden = {name: value(part(shown, f"id_{name}")) for name in ("revision", "composer")}
    cast.team.change(by=cast.owner, policy="everyone")
    assert client.post(f"{page(story)}edit/", typed(**hidden)).status_code == 302
    assert (the_edit(story).body, the_edit(story).state, text(story)) == (NEW, "pending", OLD)


def test_trusted_meanwhile_the_change_hangs_when_it_is_sent(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    client.post(f"{page(story)}edit/", typed(action="save"))
    edit = the_edit(story)
    cast.member.set_trust("trusted", by=cast.moderator)
    answer = client.post(f"{page(edit)}submit/", follow=True)
    assert answer.redirect_chain[-1][0] == page(story)
    assert "Changed, on every open wall." in words(part(answer, "toasts"))
    assert text(story) == NEW


def test_taken_back_it_is_a_draft_again_and_the_story_hangs_on(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body=NEW)
    client = signed_in(cast.member)
    shown = client.post(f"{page(edit)}withdraw/", follow=True)
    assert value(part(shown, "id_body")) == NEW
    assert Story.objects.get(pk=story.pk).state == State.PUBLISHED


def sign_in(client: Client, cast: Cast, where: str) -> str:
    answer = client.post(where, {"login": cast.member.user.email, "password": PASSWORD}, follow=True)
    return text_of(answer)


def test_a_change_sent_while_signed_out_is_kept_as_one(client: Client, cast: Cast, story: Story) -> None:
    data = typed(writer=str(cast.member.user_id))
    where = client.post(f"{page(story)}edit/", data)["Location"]
    shown = sign_in(client, cast, where)
    assert value(part(shown, "id_body")) == NEW
    assert (the_edit(story).body, the_edit(story).state, text(story)) == (NEW, "draft", OLD)


def test_a_session_that_ends_after_the_first_save_loses_nothing(client: Client, cast: Cast, story: Story) -> None:
    browser, composer = signed_in(cast.member), str(uuid.uuid4())
    data = typed(action="save", composer=composer, writer=str(cast.member.user_id))
    first = browser.post(f"{page(story)}edit/", data, headers=HTMX)
    headers = HTMX | {"HX-Current-URL": f"http://testserver{first['HX-Replace-Url']}"}
    refusal = client.post(f"{page(story)}edit/", data | {"body": f"{NEW} And waited."}, headers=headers)
    assert refusal.status_code == 401
    shown = sign_in(client, cast, f"/accounts/login/?next={first['HX-Replace-Url']}")
    assert value(part(shown, "id_body")) == f"{NEW} And waited."
    assert the_edit(story).body == f"{NEW} And waited."


def test_a_change_to_what_was_taken_down_meanwhile_is_given_back(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="removed")
    answer = signed_in(cast.member).post(f"{page(story)}edit/", typed())
    assert answer.status_code == 409
    assert value(part(answer, "id_body")) == NEW
    assert "It is removed now" in words(part(answer, "main"))


def test_two_windows_that_begin_in_one_moment_share_the_change(
    cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_edit(story, author=cast.member, body="From the first window.")
    looks = iter([None])
    found = Story.open_edit.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Story, "open_edit", property(lambda self: next(looks, found(self))))
    edit, begun = Story.begin(
        by=cast.member, editor=uuid.uuid4(), text=StoryText("given", ["hope"], NEW), edit_of=story
    )
    assert (edit.body, begun) == ("From the first window.", False)
