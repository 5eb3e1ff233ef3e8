"""A typo that a moderator fixes while letting a story in: both texts are kept, and its author may take it back."""

import pytest
from django.test import Client

from stories.models import OutboxEvent, Overtaken, Refused, State, Story, StoryText
from tests.conftest import Cast
from tests.factories import PASSWORD, make_edit, make_story
from tests.pages import attribute, part, value

pytestmark = pytest.mark.once

TYPO, FIXED = "Held teh door.", "Held the door."


@pytest.fixture
def typo(cast: Cast) -> Story:
    return make_story(author=cast.member, state="pending", body=TYPO)


@pytest.fixture
def fixed(cast: Cast, typo: Story) -> Story:
    typo.publish(by=cast.moderator, revision=1, fixed=FIXED)
    return typo


def log(story: Story) -> list[tuple[str, str, int]]:
    return [(entry.action, entry.body, entry.revision) for entry in story.audit_log.oldest_first()]


def test_fixed_text_is_published_and_both_are_in_the_log(cast: Cast, fixed: Story) -> None:
    assert (fixed.state, fixed.body, fixed.revision) == (State.PUBLISHED, FIXED, 2)
    assert log(fixed) == [("submit", TYPO, 1), ("fix", FIXED, 2), ("publish", FIXED, 2)]
    assert fixed.audit_log.get(action="fix").actor == cast.moderator.user


def test_its_author_is_shown_both_texts(fixed: Story) -> None:
    assert fixed.fix is not None
    own, after = fixed.fix
    assert (own.body, after.body) == (TYPO, FIXED)


def test_fix_is_announced_once_with_its_text(fixed: Story) -> None:
    assert [event.kind for event in OutboxEvent.objects.filter(story_id=fixed.pk)] == ["card"]


@pytest.mark.parametrize("said", ["", TYPO], ids=["no fix", "the same text"])
def test_fix_without_a_change_is_an_ordinary_publication(cast: Cast, typo: Story, said: str) -> None:
    typo.publish(by=cast.moderator, revision=1, fixed=said)
    assert log(typo) == [("submit", TYPO, 1), ("publish", TYPO, 1)]
    assert typo.fix is None


def test_fix_of_another_revision_is_overtaken(cast: Cast, typo: Story) -> None:
    with pytest.raises(Overtaken):
        typo.publish(by=cast.moderator, revision=7, fixed=FIXED)
    assert (Story.objects.get(pk=typo.pk).body, typo.audit_log.count()) == (TYPO, 1)


def test_fix_after_a_decision_changes_nothing(cast: Cast, typo: Story) -> None:
    typo.decline(by=cast.owner, revision=1, message="No.")
    with pytest.raises(Overtaken):
        typo.publish(by=cast.moderator, revision=1, fixed=FIXED)
    assert Story.objects.get(pk=typo.pk).body == TYPO


def test_pressing_twice_fixes_once(cast: Cast, typo: Story) -> None:
    again = Story.objects.get(pk=typo.pk)
    typo.publish(by=cast.moderator, revision=1, fixed=FIXED)
    with pytest.raises(Overtaken):  # the revision that was read is not the one any more
        again.publish(by=cast.owner, revision=1, fixed=FIXED)
    assert again.publish(by=cast.moderator, revision=1, fixed=FIXED) is False
    assert len(log(typo)) == 3


def test_fix_needs_the_right_to_decide(cast: Cast, typo: Story) -> None:
    for nobody in (cast.member, cast.newcomer, cast.foreign_owner):
        with pytest.raises(Refused):
            typo.publish(by=nobody, revision=1, fixed=FIXED)
    assert Story.objects.get(pk=typo.pk).body == TYPO


def test_its_author_may_take_it_back(cast: Cast, fixed: Story) -> None:
    before = OutboxEvent.objects.newest_id()
    assert fixed.restore_own_words(by=cast.member) is True
    assert (fixed.body, fixed.state, fixed.revision) == (TYPO, State.PUBLISHED, 3)
    assert log(fixed)[-1] == ("own-words", TYPO, 3)
    assert [event.kind for event in OutboxEvent.objects.after(before)] == ["card"]
    assert fixed.fix is None


def test_taking_it_back_twice_is_harmless(cast: Cast, fixed: Story) -> None:
    fixed.restore_own_words(by=cast.member)
    rows, events = fixed.audit_log.count(), OutboxEvent.objects.count()
    assert fixed.restore_own_words(by=cast.member) is False
    assert (fixed.audit_log.count(), OutboxEvent.objects.count(), fixed.body) == (rows, events, TYPO)


def test_only_its_author_takes_it_back(cast: Cast, fixed: Story) -> None:
    for other in (cast.newcomer, cast.moderator, cast.owner):
        with pytest.raises(Refused):
            fixed.restore_own_words(by=other)
    assert Story.objects.get(pk=fixed.pk).body == FIXED


def test_story_without_a_fix_has_no_fix_to_revert(cast: Cast, story: Story) -> None:
    with pytest.raises(Overtaken):
        story.restore_own_words(by=cast.member)


def test_once_the_story_has_another_text_there_is_nothing_to_take_back(cast: Cast, fixed: Story) -> None:
    make_edit(fixed, author=cast.member, moderator=cast.moderator, body="Held the lift.")
    fixed.refresh_from_db()
    assert fixed.fix is None
    with pytest.raises(Overtaken):
        fixed.restore_own_words(by=cast.member)
    assert Story.objects.get(pk=fixed.pk).body == "Held the lift."


def test_undone_fix_does_not_count_even_with_the_same_text(cast: Cast, fixed: Story) -> None:
    fixed.undo(fixed.audit_log.latest("pk"), by=cast.moderator)
    fixed.withdraw(by=cast.member)
    fixed.revise(by=cast.member, revision=fixed.revision, text=StoryText("given", ["hope"], FIXED))
    fixed.submit(by=cast.member)
    fixed.publish(by=cast.moderator, revision=fixed.revision)
    assert (fixed.body, fixed.fix) == (FIXED, None)


def test_removed_story_has_the_same_text(cast: Cast, fixed: Story) -> None:
    fixed.remove(by=cast.owner, revision=2, message="Taken down.")
    with pytest.raises(Overtaken):
        fixed.restore_own_words(by=cast.member)
    assert Story.objects.get(pk=fixed.pk).body == FIXED


def test_fix_is_restored_after_sign_in(cast: Cast, typo: Story) -> None:
    client = Client()
    refused = client.post(f"/harbour-team/stories/{typo.pk}/fix/", {"revision": 1, "body": FIXED})
    signed = {"login": cast.moderator.user.email, "password": PASSWORD}
    client.post(refused["Location"], signed)
    page = client.get("/harbour-team/moderation/", follow=True)
    assert value(part(page, f"story-{typo.pk}-fix-body")) == FIXED
    assert attribute(part(page, f"story-{typo.pk}-fix"), "open") is not None
    assert Story.objects.get(pk=typo.pk).body == TYPO
