"""What the desk shows beside the story that is open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Reason
from accounts.models.reason import ReasonLetter
from kindwall import clock
from stories.models import Story, StoryText
from stories.models.audit import UNDO_FOR
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_story
from tests.moderation.queue_pages import (
    DESK,
    listed,
    reported,
    shown,
    stood_by,
    waiting,
)
from tests.pages import HTMX, attribute, elements, ids, part, text_of, words
from tests.stories.transitions import LETTER

pytestmark = pytest.mark.once


def test_another_kind_or_quality_is_told_beside_the_words_that_changed(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned", kind="given", qualities=["hope"])
    story.revise(by=cast.member, revision=story.revision, text=StoryText("given", ["hope"], "Other words."))
    story.submit(by=cast.member)
    assert "then." not in shown(cast.moderator, story)
    story.return_for_change(by=cast.moderator, revision=story.revision, **LETTER)
    with clock.at(timezone.now() + UNDO_FOR):
        story.revise(
            by=cast.member,
            revision=story.revision,
            text=StoryText("received", ["love", "hope"], story.body),
        )
        story.submit(by=cast.member)
    assert "Before it was “Given: hope”." in shown(cast.moderator, story)


def test_its_authors_past_here_is_one_line(cast: Cast, pending: Story) -> None:
    assert "Nothing of theirs was decided here before." in shown(cast.moderator, pending)
    for state, number in {"published": 2, "returned": 1, "declined": 1}.items():
        for _ in range(number):
            make_story(author=cast.member, moderator=cast.owner, state=state)
    make_story(author=cast.newcomer, moderator=cast.owner)
    undone = make_story(author=cast.member, state="pending")
    undone.decline(by=cast.owner, revision=1, **LETTER)
    undone.undo(undone.audit_log.latest("pk"), by=cast.owner)
    assert "2 published, 1 returned, 1 declined." in shown(cast.moderator, pending)


def test_people_of_the_team_who_are_named_are_told(cast: Cast) -> None:
    body = "Sam brought soup to Nia Newcomer. Olufemi and Mia laughed; so did Fay."
    story = make_story(author=cast.member, state="pending", body=body)
    assert "It names Nia Newcomer, Sam Second." in shown(cast.moderator, story)
    other = make_story(author=cast.member, state="pending", body="Same old story, kindly told.")
    assert "It names" not in shown(cast.moderator, other)


def test_what_changed_since_the_last_round_is_shown_word_by_word(cast: Cast) -> None:
    body = "Carried the <b>plotter</b> for Dennis, with his knees."
    story = make_story(author=cast.member, moderator=cast.owner, state="returned", body=body)
    new = "Carried the <b>plotter</b> up for Dennis."
    story.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], new))
    story.submit(by=cast.member)
    page = text_of(signed_in(cast.moderator).get(DESK, {"story": story.pk}))
    compared = page[page.index('class="diff"') :].split("</p>")[0]
    assert "<ins>up </ins>" in compared
    assert "<del>Dennis, with his knees.</del><ins>Dennis.</ins>" in compared
    assert "&lt;b&gt;plotter&lt;/b&gt;" in compared
    assert "Please say what happened." in page, "and the message it answers"


def test_a_first_round_has_nothing_to_be_compared_with(cast: Cast, pending: Story) -> None:
    assert 'class="diff"' not in text_of(signed_in(cast.moderator).get(DESK, {"story": pending.pk}))


def test_a_new_text_is_compared_with_the_one_that_hangs(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body="Held the door, and my breath.")
    page = text_of(signed_in(cast.moderator).get(DESK, {"story": edit.pk}))
    assert "<del>tongue.</del><ins>breath.</ins>" in page
    assert story.get_absolute_url() in page


def test_reports_are_read_with_their_words_and_by_moderators_alone(cast: Cast, story: Story) -> None:
    reported(story, cast.newcomer)
    said = shown(cast.moderator, story)
    assert "It tells something private" in said
    assert "His knees are nobody’s business." in said
    assert "Nia Newcomer" in said
    mine = text_of(signed_in(cast.member).get(f"/harbour-team/stories/{story.pk}/"))
    assert "His knees are nobody’s business." not in mine
    assert "Nia Newcomer" not in mine


def test_a_stood_by_story_is_for_somebody_else_and_the_last_word(cast: Cast) -> None:
    story = stood_by(cast, cast.moderator)
    assert "You have decided on this story before" in shown(cast.moderator, story)
    assert "Publish" not in shown(cast.moderator, story)
    theirs = shown(cast.second_moderator, story)
    assert "your decision is final" in theirs
    assert "It is mine to tell." in theirs
    assert "Two of us have read it now" in theirs, "the next step that is suggested to decline with"


def test_sent_again_after_the_second_look_it_is_like_any_other_that_came_back(cast: Cast) -> None:
    story = stood_by(cast, cast.moderator)
    row = f"story-{story.pk}-row"
    assert "Second opinion" in words(part(signed_in(cast.owner).get(DESK), row))
    with clock.at(timezone.now() - timedelta(seconds=11)):
        story.return_for_change(by=cast.second_moderator, revision=1, message="Only her name, please.")
    story.submit(by=cast.member)
    assert "your decision is final" not in shown(cast.moderator, story)
    assert "Publish" in shown(cast.moderator, story)
    marks = words(part(signed_in(cast.owner).get(DESK), row))
    assert "Resubmitted" in marks
    assert "Second opinion" not in marks
    assert waiting(cast.owner, "stood-by") == []
    assert waiting(cast.owner, "back") == [story.pk]


def test_who_is_always_reviewed_or_trusted_is_told(cast: Cast, pending: Story) -> None:
    for trust, said in {"always": "Mia Member is always reviewed.", "trusted": "Mia Member is trusted."}.items():
        cast.member.set_trust(trust, by=cast.owner)
        assert said in shown(cast.moderator, pending)


def test_my_own_reasons_are_offered_and_nobody_elses(cast: Cast, pending: Story) -> None:
    Reason.save_own(ReasonLetter("Whose it is", "Please leave out <whose>."), by=cast.moderator)
    Reason.save_own(ReasonLetter("Another", "Another's words."), by=cast.second_moderator)
    page = text_of(signed_in(cast.moderator).get(DESK))
    letters = {attribute(one, "data-message") for one in elements(page) if attribute(one, "name") == "reason"}
    assert "Please leave out <whose>." in letters
    assert "Another's words." not in letters
    assert "<whose>" not in page


@pytest.mark.parametrize("asked", ["0", "-1", "x", "٣", "9" * 18, "9" * 40, "1e3", ""])
def test_a_story_that_is_not_there_leaves_the_first_one_open(cast: Cast, pending: Story, asked: str) -> None:
    page = signed_in(cast.moderator).get(DESK, {"story": asked})
    assert page.status_code == 200
    assert part(page, f"story-{pending.pk}-decision")


def test_a_draft_or_another_teams_story_is_not_opened(cast: Cast, pending: Story) -> None:
    draft = make_story(author=cast.newcomer, state="draft", body="Not for you.")
    foreign = make_story(author=cast.foreign_owner, state="pending", body="Not for you.")
    for story in (draft, foreign):
        page = text_of(signed_in(cast.moderator).get(DESK, {"story": story.pk}))
        assert "Not for you." not in page
        assert f"story-{pending.pk}-decision" in page


def test_opening_another_story_answers_htmx_with_the_desk(cast: Cast) -> None:
    one, two = (make_story(author=cast.member, state="pending") for _ in range(2))
    answer = signed_in(cast.moderator).get(DESK, {"story": two.pk}, headers=HTMX)
    assert ids(answer)[0] == "desk"
    assert "<html" not in text_of(answer)
    assert part(answer, f"story-{two.pk}-decision")
    assert listed(answer) == [one.pk, two.pk]
    assert "HX-Request" in answer["Vary"]
