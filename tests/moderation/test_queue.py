"""The desk: the queue, what is seen of each story at a glance, and the story that is being read."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from kindwall import clock
from moderation.own_decisions import ENOUGH, decided_today, undoable_decisions
from moderation.queue import (
    SHOWN,
    Show,
    next_in_line,
    read_queue,
    stories_shown,
)
from stories.header import header_counts
from stories.models import Claim, Phrase, Report, Story, StoryText
from stories.models.audit import UNDO_FOR
from stories.models.claim import LAPSES_AFTER
from stories.wait_times import usual_wait
from tests.conftest import Cast, signed_in
from tests.factories import make_edit, make_member, make_story, make_team
from tests.pages import HTMX, attribute, elements, fields, ids, part, text_of, words
from tests.stories.transitions import LETTER

DESK = "/harbour-team/moderation/"


def listed(response: Any) -> list[int]:
    """The stories in the list, in its order."""
    return [int(found.split("-")[1]) for found in ids(response) if found.endswith("-row")]


def opened(response: Any) -> int:
    """The story that lies beside it."""
    return next(int(found.split("-")[1]) for found in ids(response) if found.endswith("-decision"))


def waiting(person: Membership, show: str = "") -> list[int]:
    return listed(signed_in(person).get(f"/{person.team.slug}/moderation/", {"show": show} if show else {}))


def marks(person: Membership, story: Story, show: str = "") -> str:
    page = signed_in(person).get(DESK, {"show": show} if show else {})
    return words(part(page, f"story-{story.pk}-row"))


def shown(person: Membership, story: Story) -> str:
    page = signed_in(person).get(DESK, {"story": story.pk})
    return words(part(page, f"story-{story.pk}-decision"))


def known(author: Membership, moderator: Membership) -> Membership:
    """Somebody of whom a story was let in before."""
    make_story(author=author, moderator=moderator)
    return author


def reported(story: Story, *reporters: Membership) -> Story:
    for reporter in reporters:
        Report.make(story, by=reporter, reason="private", words="His knees are nobody’s business.")
    return story


def stood_by(cast: Cast, first: Membership) -> Story:
    story = make_story(author=cast.member, moderator=first, state="returned")
    story.stand_by(by=cast.member, message="It is mine to tell.")
    return story


def test_the_longest_wait_comes_first(cast: Cast) -> None:
    stories = [make_story(author=cast.member, state="pending") for _ in range(3)]
    Story.objects.filter(pk=stories[2].pk).update(submitted_at=stories[0].submitted_at - timedelta(hours=1))  # type: ignore[operator]
    order = [stories[2].pk, stories[0].pk, stories[1].pk]
    assert waiting(cast.moderator) == order
    opened = part(signed_in(cast.moderator).get(DESK), f"story-{stories[2].pk}-decision")
    assert "Publish" in words(opened), "and lies open"


def test_the_page_opens_with_one_that_no_colleague_is_reading(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    Claim.take(first, by=cast.second_moderator)
    assert opened(signed_in(cast.moderator).get(DESK)) == second.pk
    assert opened(signed_in(cast.second_moderator).get(DESK)) == first.pk
    Claim.take(second, by=cast.owner)
    assert opened(signed_in(cast.moderator).get(DESK)) == first.pk, "where each is being read, the longest wait"


@pytest.mark.parametrize(("answered", "following"), [(0, 1), (1, 3), (3, 4), (4, 0)])
def test_after_an_answer_the_next_in_line_is_read_that_no_colleague_reads(
    cast: Cast, answered: int, following: int
) -> None:
    line = [make_story(author=cast.member, state="pending") for _ in range(5)]
    Claim.take(line[2], by=cast.second_moderator)
    Claim.take(line[4], by=cast.moderator)
    expected = line[following].pk
    story = line[answered]
    story.mark_spam(by=cast.moderator, revision=1)
    with CaptureQueriesContext(connection) as captured:
        assert next_in_line(cast.moderator, Show.ALL, story) == expected
    assert len(captured) == 1
    with clock.at(timezone.now() + LAPSES_AFTER):
        assert next_in_line(cast.moderator, Show.ALL, line[1]) == line[2].pk, "a claim lapses"


def test_ones_own_story_comes_last_in_line(cast: Cast) -> None:
    own = make_story(author=cast.moderator, state="pending")
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    assert opened(signed_in(cast.moderator).get(DESK)) == first.pk
    assert next_in_line(cast.moderator, Show.ALL, second) == first.pk
    assert next_in_line(cast.owner, Show.ALL, second) == own.pk


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
    assert "It said “Given: hope” then." in shown(cast.moderator, story)


def test_what_was_handed_on_says_to_whom(cast: Cast, pending: Story) -> None:
    Claim.hand(pending, by=cast.owner, to=cast.second_moderator, note="You know him.")
    assert "Handed to Sam Second" in marks(cast.moderator, pending)
    assert "Handed to you" in marks(cast.second_moderator, pending)


def test_where_each_is_being_read_the_next_in_line_is_read_all_the_same(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    Claim.take(second, by=cast.second_moderator)
    assert next_in_line(cast.moderator, Show.ALL, first) == second.pk
    second.publish(by=cast.second_moderator, revision=1)
    assert next_in_line(cast.moderator, Show.ALL, first) is None


def test_htmx_leaves_the_list_as_it_is_where_one_only_goes_on_in_it(cast: Cast) -> None:
    first, second = (make_story(author=cast.member, state="pending") for _ in range(2))
    client = signed_in(cast.moderator)
    link = next(link for link in elements(text_of(client.get(DESK))) if attribute(link, "class") == "queue-link")
    read = client.get(attribute(link, "hx-get") or "", headers=HTMX)
    address = f"/harbour-team/stories/{first.pk}/publish/"
    published = client.post(address, {"revision": 1}, headers=HTMX)
    for answer, answered, story in ((read, "", first), (published, str(first.pk), second)):
        kept = part(answer, "desk-queue")
        assert (attribute(kept, "hx-preserve"), words(kept)) == ("", "")
        assert attribute(part(answer, "desk"), "data-answered") == answered
        assert opened(answer) == story.pk
        assert words(part(answer, "desk")).startswith(("2 stories are waiting", "One story is waiting"))
    # A browser's own request, and the last answer of all, bring what there is.
    for answer in (client.get(DESK, {"story": second.pk, "listed": 1}), client.get(DESK, headers=HTMX)):
        assert listed(answer) == [second.pk]
    last = client.post(f"/harbour-team/stories/{second.pk}/publish/", {"revision": 1}, headers=HTMX)
    assert "Nobody is waiting." in words(part(last, "desk"))


def test_a_page_that_a_form_has_drawn_leads_on_as_the_desk_does(cast: Cast, pending: Story) -> None:
    other = make_story(author=cast.newcomer, state="pending")
    data = {"revision": 1, "show": "new"}
    answer = signed_in(cast.moderator).post(f"/harbour-team/stories/{pending.pk}/decline/", data)
    assert answer.status_code == 422
    hrefs = [attribute(link, "href") or "" for link in elements(str(part(answer, "desk"))) if link.name == "a"]
    assert f"{DESK}?show=new&story={other.pk}" in hrefs
    assert f"{DESK}?show=back" in hrefs
    assert not [href for href in hrefs if href.startswith("?")], "it lies at another address than the desk"


def test_only_what_waits_in_this_team_is_in_the_queue(cast: Cast) -> None:
    pending = make_story(author=cast.member, state="pending")
    for state in ("draft", "published", "returned", "declined", "removed", "aside", "spam", "accepted"):
        make_story(author=cast.member, moderator=cast.moderator, state=state)
    make_story(author=cast.foreign_owner, state="pending")
    assert waiting(cast.moderator) == [pending.pk]


def test_a_long_queue_shows_a_screenful_and_tells_how_many_wait(cast: Cast) -> None:
    for _ in range(SHOWN + 3):
        make_story(author=cast.member, state="pending")
    page = signed_in(cast.moderator).get(DESK)
    assert len(listed(page)) == SHOWN
    assert f"{SHOWN + 3} stories are waiting" in words(part(page, "main"))
    assert "More will come up as you answer these." in words(part(page, "main"))


def test_the_header_tells_moderators_and_nobody_else_how_many_wait(cast: Cast, pending: Story) -> None:
    page = text_of(signed_in(cast.moderator).get("/harbour-team/"))
    assert "Moderation 1 waiting" in " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "nav-count" not in text_of(signed_in(cast.member).get("/harbour-team/"))


def test_my_own_story_in_the_queue_offers_no_answer(cast: Cast) -> None:
    story = make_story(author=cast.moderator, state="pending")
    assert "a colleague decides on it" in shown(cast.moderator, story)
    assert "Publish" not in shown(cast.moderator, story)
    assert "Publish" in shown(cast.owner, story)


def test_an_empty_queue_says_so(cast: Cast) -> None:
    assert "Nobody is waiting." in words(part(signed_in(cast.moderator).get(DESK), "main"))


def test_the_page_says_how_long_a_wait_usually_is(cast: Cast) -> None:
    for minutes in (10, 90, 40):
        story = make_story(author=cast.member, moderator=cast.moderator)
        decided = story.submitted_at + timedelta(minutes=minutes)  # type: ignore[operator]
        Story.objects.filter(pk=story.pk).update(decided_at=decided)
    pages = (DESK, "/harbour-team/share/")
    for path in pages:
        assert "40 minutes" in words(part(signed_in(cast.moderator).get(path), "main")), path


def test_a_story_that_waits_again_does_not_shorten_the_usual_wait(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    assert usual_wait(cast.team) is not None
    story.submit(by=cast.member)
    assert usual_wait(cast.team) is None, "its first answer is older than what it waits for now"


# What to show


def lay_out(cast: Cast) -> dict[str, Story]:
    """One story for each thing that a moderator may look for, and where it is among the rest."""
    author = known(cast.member, cast.owner)
    back = make_story(author=author, moderator=cast.owner, state="returned")
    back.submit(by=author)
    mine, colleagues = (make_story(author=author, state="pending") for _ in range(2))
    Claim.take(mine, by=cast.moderator)
    Claim.take(colleagues, by=cast.second_moderator)
    found = {
        "usual": make_story(author=author, state="pending"),
        "new": make_story(author=cast.newcomer, state="pending"),
        "back": back,
        "stood-by": stood_by(cast, cast.owner),
        "mine": mine,
        "claimed": colleagues,
        "reported": reported(make_story(author=author, moderator=cast.owner), cast.newcomer),
        "aside": reported(make_story(author=author, moderator=cast.owner), cast.newcomer),
        "spam": make_story(author=author, moderator=cast.owner, state="spam"),
    }
    found["aside"].hide_for_review()
    make_story(author=author, moderator=cast.owner, state="declined")
    return found


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("new", {"new"}),
        ("back", {"back", "stood-by"}),
        ("stood-by", {"stood-by"}),
        ("mine", {"mine"}),
        ("reported", {"reported", "aside"}),
        ("spam", {"spam"}),
        ("all", {"usual", "new", "back", "stood-by", "mine", "claimed"}),
        ("nonsense", {"usual", "new", "back", "stood-by", "mine", "claimed"}),
    ],
)
def test_each_filter_shows_what_it_says(cast: Cast, show: str, names: set[str]) -> None:
    stories = lay_out(cast)
    assert set(waiting(cast.moderator, show)) == {stories[name].pk for name in names}


def test_the_filter_that_is_on_is_told_and_kept_by_every_form(cast: Cast) -> None:
    lay_out(cast)
    page = signed_in(cast.moderator).get(DESK, {"show": "new"})
    current = [words(link) for link in elements(text_of(page)) if attribute(link, "aria-current") == "true"]
    assert current[0] == "New people"
    assert {attribute(field, "value") for field in fields(page, "show")} == {"new"}


def test_a_lapsed_claim_is_no_longer_mine(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(minutes=3)):
        Claim.take(pending, by=cast.moderator)
    assert waiting(cast.moderator, "mine") == []


def test_spam_that_cannot_be_put_back_any_more_is_not_listed(cast: Cast) -> None:
    with clock.at(timezone.now() - timedelta(days=31)):
        make_story(author=cast.member, moderator=cast.moderator, state="spam")
    Story.objects.update(decided_at=timezone.now() - timedelta(days=31))
    assert waiting(cast.moderator, "spam") == []


@pytest.mark.parametrize("show", Show.values)
def test_a_filter_that_finds_nothing_says_so(cast: Cast, show: str) -> None:
    page = signed_in(cast.moderator).get(DESK, {"show": show})
    assert page.status_code == 200
    assert listed(page) == []
    assert "Nobody is waiting." in words(part(page, "main"))


# At a glance


def test_a_row_tells_who_how_long_and_the_first_words(cast: Cast, pending: Story) -> None:
    row = marks(cast.moderator, pending)
    assert "Mia Member" in row
    assert "Held the door, and my tongue." in row


def test_a_row_marks_what_is_new_here_and_what_is_not(cast: Cast, pending: Story) -> None:
    assert "New here" in marks(cast.moderator, pending)
    known(cast.member, cast.owner)
    assert "New here" not in marks(cast.moderator, pending)


def test_a_row_marks_what_came_back_and_what_its_author_stands_by(cast: Cast) -> None:
    back = make_story(author=cast.member, moderator=cast.owner, state="returned")
    back.submit(by=cast.member)
    standing = stood_by(cast, cast.owner)
    assert "Came back" in marks(cast.moderator, back)
    assert "Stood by" not in marks(cast.moderator, back)
    assert "Stood by" in marks(cast.moderator, standing)
    assert "Came back" not in marks(cast.moderator, standing)


def test_a_row_counts_the_reports_that_nobody_has_answered(cast: Cast, story: Story) -> None:
    reported(story, cast.newcomer)
    assert "1 report" in marks(cast.moderator, story, "reported")
    reported(story, cast.owner)
    assert "2 reports" in marks(cast.moderator, story, "reported")
    story.dismiss_reports(by=cast.moderator, revision=1)
    assert waiting(cast.moderator, "reported") == []


def test_a_row_marks_what_waits_longer_than_the_team_means_to(cast: Cast, pending: Story) -> None:
    longer = "longer than your team means to let anybody wait"
    Story.objects.update(submitted_at=timezone.now() - timedelta(hours=5))
    assert longer not in marks(cast.moderator, pending), "where the team promises nothing"
    type(cast.team).objects.filter(pk=cast.team.pk).update(answer_hours=6)
    assert longer not in marks(cast.moderator, pending)
    type(cast.team).objects.filter(pk=cast.team.pk).update(answer_hours=4)
    assert longer in marks(cast.moderator, pending)


def test_a_row_tells_colleagues_who_is_reading_it(cast: Cast, pending: Story) -> None:
    Claim.take(pending, by=cast.moderator)
    assert "Mo Moderator is reading" in marks(cast.second_moderator, pending)
    assert "is reading" not in marks(cast.moderator, pending)
    assert "Mo Moderator is reading this." in shown(cast.second_moderator, pending)


def test_a_row_marks_a_new_text_of_a_story_on_the_wall(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member)
    assert "New text of a story on the wall" in marks(cast.moderator, edit)


# The story that is being read


def test_its_authors_past_here_is_one_line(cast: Cast, pending: Story) -> None:
    assert "Nothing of theirs was answered here before." in shown(cast.moderator, pending)
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
    assert "Against what hangs now" in page
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
    assert "You have answered this one before" in shown(cast.moderator, story)
    assert "Publish" not in shown(cast.moderator, story)
    theirs = shown(cast.second_moderator, story)
    assert "your answer is the last word" in theirs
    assert "It is mine to tell." in theirs
    assert "Two of us have read it now" in theirs, "the next step that is suggested to decline with"


def test_sent_again_after_the_second_look_it_is_like_any_other_that_came_back(cast: Cast) -> None:
    story = stood_by(cast, cast.moderator)
    row = f"story-{story.pk}-row"
    assert "Stood by" in words(part(signed_in(cast.owner).get(DESK), row))
    with clock.at(timezone.now() - timedelta(seconds=11)):
        story.return_for_change(by=cast.second_moderator, revision=1, message="Only her name, please.")
    story.submit(by=cast.member)
    assert "your answer is the last word" not in shown(cast.moderator, story)
    assert "Publish" in shown(cast.moderator, story)
    marks = words(part(signed_in(cast.owner).get(DESK), row))
    assert "Came back" in marks
    assert "Stood by" not in marks
    assert waiting(cast.owner, "stood-by") == []
    assert waiting(cast.owner, "back") == [story.pk]


def test_who_is_always_reviewed_or_trusted_is_told(cast: Cast, pending: Story) -> None:
    assert "Publish, and keep watching" in shown(cast.moderator, pending)
    for trust, said in {"always": "Mia Member is always reviewed.", "trusted": "Mia Member is trusted."}.items():
        cast.member.set_trust(trust, by=cast.owner)
        assert said in shown(cast.moderator, pending)
        assert "Publish, and keep watching" not in shown(cast.moderator, pending)


def test_whoever_moderates_alone_is_not_asked_to_watch_themselves(cast: Cast) -> None:
    Membership.objects.filter(pk__in=[cast.moderator.pk, cast.second_moderator.pk]).update(role="member")
    story = make_story(author=cast.owner, state="pending")
    assert "Publish" in shown(cast.owner, story)
    assert "keep watching" not in shown(cast.owner, story)


def test_publishing_and_watching_is_one_choice(cast: Cast, pending: Story) -> None:
    signed_in(cast.moderator).post(
        f"/harbour-team/stories/{pending.pk}/publish/", {"revision": 1, "watching": "on"}, headers=HTMX
    )
    cast.member.refresh_from_db()
    assert (Story.objects.get(pk=pending.pk).state, cast.member.trust) == ("published", "always")


def test_my_own_phrases_are_offered_and_nobody_elses(cast: Cast, pending: Story) -> None:
    Phrase.add("Please leave out <whose>.", by=cast.moderator)
    Phrase.add("Another's words.", by=cast.second_moderator)
    page = text_of(signed_in(cast.moderator).get(DESK))
    phrases = {attribute(one, "data-words") for one in elements(page) if attribute(one, "class") == "phrase"}
    assert phrases == {"Please leave out <whose>."}
    assert "<whose>" not in page


def test_after_a_days_work_the_rest_can_wait(cast: Cast) -> None:
    def said() -> str:
        return words(part(signed_in(cast.moderator).get(DESK), "desk"))

    for _ in range(ENOUGH - 1):
        make_story(author=cast.member, moderator=cast.moderator)
    undone = make_story(author=cast.member, state="pending")
    undone.publish(by=cast.moderator, revision=1)
    undone.undo(undone.audit_log.latest("pk"), by=cast.moderator)
    make_story(author=cast.member, moderator=cast.second_moderator)
    with clock.at(clock.today_began() - timedelta(minutes=5)):
        old = make_story(author=cast.member, state="pending")
        old.publish(by=cast.moderator, revision=1)
    if timezone.localtime().hour or timezone.localtime().minute:
        # In the first minute of a day, some of these were yesterday.
        assert "The rest can wait." not in said()
        make_story(author=cast.member, moderator=cast.moderator)
        assert f"You have handled {ENOUGH} today. The rest can wait." in said()


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


# News


def news(client: Client, *stories: Story, show: str = "all", opened: Story | None = None) -> Any:
    query = {"show": show, "shown": [story.pk for story in stories], "story": opened.pk if opened else ""}
    return client.get(f"{DESK}news/", query)


def test_news_keep_the_order_that_is_shown_and_come_at_the_end(cast: Cast) -> None:
    one, two, three = (make_story(author=cast.member, state="pending") for _ in range(3))
    earlier = make_story(author=cast.member, state="pending")
    Story.objects.filter(pk=earlier.pk).update(submitted_at=timezone.now() - timedelta(days=1))
    answer = news(signed_in(cast.moderator), three, one, two, opened=one)
    assert ids(answer)[0] == "desk-list"
    assert listed(answer) == [three.pk, one.pk, two.pk, earlier.pk]
    assert [attribute(link, "aria-current") for link in elements(text_of(answer)) if link.name == "a"] == [
        *(None, "true", None, None)
    ]


def test_news_mark_what_a_colleague_has_decided_and_leave_it_in_its_place(cast: Cast) -> None:
    one, two = (make_story(author=cast.member, state="pending") for _ in range(2))
    one.decline(by=cast.second_moderator, revision=1, **LETTER)
    answer = news(signed_in(cast.moderator), one, two)
    assert listed(answer) == [one.pk, two.pk]
    row = part(answer, f"story-{one.pk}-row")
    assert "is-done" in (attribute(row, "class") or "")
    assert attribute(row, "data-done") == "Sam Second: declined"
    assert "declined" in words(row)
    assert not fields(row, "story"), "it cannot be ticked any more"
    assert fields(part(answer, f"story-{two.pk}-row"), "story")
    assert listed(signed_in(cast.moderator).get(DESK)) == [two.pk], "read anew, it is gone"


def test_what_still_waits_is_not_taken_for_answered_when_the_list_grows_at_its_top(cast: Cast) -> None:
    """As after somebody's undo: another one waits longer, and the last of the screenful makes room for it."""
    crowd(cast.team.pk, cast.member, SHOWN)
    last = Story.objects.longest_waiting().last()
    assert last
    before = list(Story.objects.longest_waiting())
    earlier = make_story(author=cast.newcomer, state="pending")
    Story.objects.filter(pk=earlier.pk).update(submitted_at=timezone.now() - timedelta(days=1))
    answer = news(signed_in(cast.moderator), *before)
    assert listed(answer) == [*(story.pk for story in before), earlier.pk]
    assert "is-done" not in (attribute(part(answer, f"story-{last.pk}-row"), "class") or "")


@pytest.mark.parametrize("show", ["reported", "spam"])
def test_news_mark_what_was_answered_of_reports_and_of_spam(cast: Cast, show: str) -> None:
    stories = lay_out(cast)
    answered, left = (stories["reported"], stories["aside"]) if show == "reported" else (stories["spam"], None)
    change = answered.dismiss_reports if show == "reported" else answered.clear_spam
    change(by=cast.second_moderator, revision=1)
    client = signed_in(cast.moderator)
    answer = news(client, answered, *([left] if left else []), show=show)
    done = {"reported": "Sam Second: left on the wall", "spam": "Sam Second: cleared of spam"}
    assert attribute(part(answer, f"story-{answered.pk}-row"), "data-done") == done[show]
    if left:
        assert attribute(part(answer, f"story-{left.pk}-row"), "data-done") is None


def test_news_tell_nothing_of_the_text_that_its_author_took_back(cast: Cast, pending: Story) -> None:
    pending.withdraw(by=cast.member)
    pending.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "Nobody else’s business now."))
    answer = news(signed_in(cast.moderator), pending, opened=pending)
    assert "Nobody else’s business now." not in text_of(answer)
    assert "Taken back by its author." in words(part(answer, f"story-{pending.pk}-row"))


def test_news_tell_nothing_of_other_teams_or_of_drafts(cast: Cast) -> None:
    foreign = make_story(author=cast.foreign_owner, state="pending", body="Not for you.")
    draft = make_story(author=cast.member, state="draft", body="Not for you.")
    answer = news(signed_in(cast.moderator), foreign, draft)
    assert listed(answer) == []
    assert "Not for you." not in text_of(answer)


def test_news_take_no_harm_from_numbers_that_make_no_sense(cast: Cast, pending: Story) -> None:
    nonsense = ["x", "-1", "٣", str(2**63), "9" * 40, "", *map(str, range(1, 900))]
    answer = signed_in(cast.moderator).get(f"{DESK}news/", {"shown": nonsense, "show": "nonsense", "story": "9" * 40})
    assert answer.status_code == 200
    assert listed(answer) == [pending.pk]


# What it costs


def crowd(team_id: int, author: Membership, number: int) -> None:
    now = timezone.now()
    Story.objects.bulk_create(
        Story(
            team_id=team_id,
            author=author.user,
            created_by_editor=uuid.uuid4(),
            kind="given",
            first_quality="hope",
            body=f"Number {place}.",
            state="pending",
            submitted_at=now - timedelta(minutes=place),
            submission_count=1,
        )
        for place in range(number)
    )


def cost(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    return len(captured)


def test_two_thousand_waiting_cost_the_same_queries_as_twenty(cast: Cast) -> None:
    client = signed_in(cast.moderator)
    client.get(DESK)  # the session notes the role once
    answered = make_story(author=cast.newcomer, moderator=cast.owner)
    asks: dict[str, Callable[[], Any]] = {
        **{show: lambda show=show: client.get(DESK, {"show": show}) for show in ("all", "new")},  # type: ignore[misc]
        "fragment": lambda: client.get(DESK, headers=HTMX),
        "news": lambda: news(client, answered, *Story.objects.longest_waiting()[:SHOWN], opened=answered),
    }
    crowd(cast.team.pk, cast.member, 20)
    before = {name: cost(ask) for name, ask in asks.items()}
    crowd(cast.team.pk, cast.newcomer, 1_980)
    assert {name: cost(ask) for name, ask in asks.items()} == before
    assert before["all"] <= 22
    assert before["news"] <= 8


def test_twice_the_authors_messages_and_claims_cost_the_same_queries(db: None) -> None:
    team = make_team(slug="harbour-team")
    moderator = make_member(team=team, role="moderator")
    colleague = make_member(team=team, role="moderator")
    client = signed_in(moderator)

    def add(number: int) -> None:
        for _ in range(number):
            author = make_member(team=team)
            story = make_story(author=author, moderator=moderator, state="returned")
            story.submit(by=author)
            Claim.take(story, by=colleague)
            make_edit(make_story(author=author, moderator=moderator), author=author)
        make_story(author=moderator, state="pending")

    add(3)
    client.get(DESK)
    before = cost(lambda: client.get(DESK))
    add(3)
    # One less, if anything: whoever has answered a dozen today is not told the usual wait.
    assert cost(lambda: client.get(DESK)) <= before


def test_the_queue_is_read_from_its_index(cast: Cast) -> None:
    crowd(cast.team.pk, cast.member, 2_000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE stories_story")
    with CaptureQueriesContext(connection) as captured:
        assert len(read_queue(cast.moderator, Show.ALL).rows) == SHOWN
    assert len(captured) == 1, "one query, however many wait"
    plan = stories_shown(cast.moderator, Show.ALL)[:SHOWN].explain()
    assert "story_queue" in plan
    assert "TEMP B-TREE" not in plan, "read in order, not sorted"
    assert "Sort" not in plan
    whole = explained(captured[0]["sql"])
    assert "story_queue" in whole
    assert "story_let_in" in whole, "who is new here is not looked for among all that they wrote"


def test_how_many_wait_is_counted_in_the_index_alone(cast: Cast) -> None:
    crowd(cast.team.pk, cast.member, 2_000)
    with CaptureQueriesContext(connection) as captured:
        assert header_counts(cast.moderator).waiting == 2_000
    # PostgreSQL knows how few rows these are, and reads them as they lie.
    if connection.vendor == "sqlite":
        assert "COVERING INDEX story_queue" in explained(captured[0]["sql"])


def test_what_a_moderator_has_decided_is_read_from_its_index(cast: Cast) -> None:
    for ask in (decided_today, undoable_decisions):
        with CaptureQueriesContext(connection) as captured:
            ask(cast.moderator)
        if connection.vendor == "sqlite":
            assert "audit_by_actor" in explained(captured[0]["sql"])


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"{'EXPLAIN QUERY PLAN' if connection.vendor == 'sqlite' else 'EXPLAIN'} {sql}")
        return "\n".join(str(line) for line in cursor.fetchall())


def test_the_offer_to_undo_is_one_query_with_all_that_it_names(cast: Cast) -> None:
    stories = [make_story(author=cast.member, state="pending") for _ in range(2)]
    with clock.at(clock.now()):
        for story in stories:
            story.publish(by=cast.moderator, revision=1)
    with CaptureQueriesContext(connection) as captured:
        offered = [
            (entry.past, entry.story.author_name, entry.undo_ends_at) for entry in undoable_decisions(cast.moderator)
        ]
    assert [name for _past, name, _ends in offered] == ["Mia Member"] * 2
    assert len(captured) == 1


def test_what_was_decided_a_moment_ago_can_be_undone_from_the_desk_and_only_then(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending")
    story.publish(by=cast.moderator, revision=1)
    assert "desk-undo" in ids(signed_in(cast.moderator).get(DESK))
    assert "desk-undo" not in ids(signed_in(cast.second_moderator).get(DESK))
    with clock.at(timezone.now() + UNDO_FOR):
        assert "desk-undo" not in ids(signed_in(cast.moderator).get(DESK))
