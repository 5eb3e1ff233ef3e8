"""The author sees the typo that a moderator has fixed, and may take the fix back."""

import pytest

from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_story
from tests.pages import ids, part, text_of, words

pytestmark = pytest.mark.once

OWN, FIXED = "Held teh door for her.", "Held the door for her."


def fixed(cast: Cast) -> Story:
    story = make_story(author=cast.member, state="pending", body=OWN)
    story.publish(by=cast.moderator, revision=story.revision, fixed=FIXED)
    return story


def test_author_sees_the_fix_and_takes_it_back(cast: Cast) -> None:
    story, client = fixed(cast), signed_in(cast.member)
    address = f"/harbour-team/stories/{story.pk}/"
    shown = client.get(address)
    assert "A moderator fixed a typo" in words(part(shown, f"story-{story.pk}-fix"))
    assert "Held <del>teh</del><ins>the</ins> door for her." in text_of(shown)
    for _press in range(2):
        answer = client.post(f"{address}own-words/")
        assert (answer.status_code, answer["Location"]) == (302, address)
    story.refresh_from_db()
    assert (story.body, story.state) == (OWN, "published")
    page = client.get(address)
    assert "own words are on the wall again" in words(part(page, "toasts"))
    assert f"story-{story.pk}-fix" not in ids(page)
    assert story.audit_log.filter(action="own-words").count() == 1


def test_fix_of_an_edit_is_taken_back_alike(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body=OWN)
    edit.publish(by=cast.moderator, revision=edit.revision, fixed=FIXED)
    client, address = signed_in(cast.member), f"/harbour-team/stories/{story.pk}/"
    assert Story.objects.get(pk=story.pk).body == FIXED
    assert "Held <del>teh</del><ins>the</ins> door for her." in text_of(client.get(address))
    client.post(f"{address}own-words/")
    story.refresh_from_db()
    assert (story.body, story.state) == (OWN, "published")
    assert f"story-{story.pk}-fix" not in ids(client.get(address))
    assert [entry.action for entry in story.audit_log.order_by("pk")][-2:] == ["edit", "own-words"]
    assert [entry.action for entry in edit.audit_log.order_by("pk")] == ["submit", "fix", "publish"]


def test_edit_whose_fixed_acceptance_was_undone_shows_no_fix(cast: Cast, story: Story) -> None:
    before = story.body
    edit = make_edit(story, author=cast.member, body=OWN)
    edit.publish(by=cast.moderator, revision=edit.revision, fixed=FIXED)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    story.refresh_from_db()
    assert (story.body, story.fix) == (before, None)


def test_only_the_author_sees_the_fix(cast: Cast) -> None:
    story = fixed(cast)
    page = signed_in(cast.newcomer).get(f"/harbour-team/stories/{story.pk}/")
    assert f"story-{story.pk}-fix" not in ids(page)
    assert "teh" not in text_of(page)


def test_story_without_fix_shows_none_and_says_so(cast: Cast, story: Story) -> None:
    client = signed_in(cast.member)
    assert f"story-{story.pk}-fix" not in ids(client.get(f"/harbour-team/stories/{story.pk}/"))
    page = client.post(f"/harbour-team/stories/{story.pk}/own-words/", follow=True)
    assert "Its text has changed since then." in words(part(page, "toasts"))
    assert Story.objects.get(pk=story.pk).body == story.body
