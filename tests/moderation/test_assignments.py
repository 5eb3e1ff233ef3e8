"""Assignments: a story is one moderator's to decide on, until somebody decides or it is given back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, User
from kindwall import clock
from moderation.people import author_among, colleagues_among, read_people
from moderation.queue import next_in_line
from moderation.selection import Selection
from stories.models import Assignment, AuditEntry, Refused, Story
from stories.models.assignment import NOBODY
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_story
from tests.moderation.queue_pages import DESK, marks, news, reported, stood_by, waiting
from tests.pages import HTMX, part, text_of, value, words

pytestmark = pytest.mark.once

each_way = pytest.mark.parametrize("headers", [{}, HTMX], ids=["without JavaScript", "with htmx"])


def address(story: Story, action: str) -> str:
    return f"/harbour-team/stories/{story.pk}/{action}/"


def following(person: Membership, answered: Story) -> int | None:
    story = next_in_line(person, Selection(), answered)
    return story.pk if story else None


def assigned(person: Membership) -> list[Story]:
    return list(Story.objects.assigned_to(person))


# Its life


def test_assigned_story_stays_with_its_moderator_and_is_in_the_log(cast: Cast, pending: Story) -> None:
    with clock.at(timezone.now() - timedelta(days=60)):
        one = Assignment.assign(pending, by=cast.moderator, to=cast.second_moderator, note="You were there.")
    assert (one.moderator, one.assigned_by, one.note) == (
        cast.second_moderator.user,
        cast.moderator.user,
        "You were there.",
    )
    assert assigned(cast.second_moderator) == [pending]
    entry = pending.audit_log.latest("pk")
    assert (entry.action, entry.actor, entry.message) == ("hand", cast.moderator.user, "You were there.")
    assert not pending.audit_log.with_message().exists(), "the note is for the colleague"


def test_assigning_again_changes_nothing(cast: Cast, pending: Story) -> None:
    first = Assignment.assign(pending, by=cast.moderator, to=cast.second_moderator, note="Yours?")
    again = Assignment.assign(pending, by=cast.owner, to=cast.second_moderator, note="Yours?", replacing=NOBODY)
    assert (again.pk, again.assigned_by) == (first.pk, cast.moderator.user)
    assert AuditEntry.objects.filter(action="hand").count() == 1


def test_of_two_who_assign_at_once_the_second_learns_of_the_first(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.moderator, to=cast.owner, replacing=NOBODY)
    with pytest.raises(Refused, match=r"assigned to .*Olu Owner.* meanwhile"):
        Assignment.assign(pending, by=cast.owner, to=cast.second_moderator, replacing=NOBODY)
    Assignment.assign(pending, by=cast.owner, to=cast.second_moderator, replacing=cast.owner.user_id)
    assert assigned(cast.second_moderator) == [pending]
    assert assigned(cast.owner) == []


def test_story_that_one_takes_has_no_row_in_the_log(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.moderator, to=cast.moderator)
    assert assigned(cast.moderator) == [pending]
    assert pending.audit_log.latest("pk").action == "submit"


def test_assignment_is_given_back_by_its_moderator_or_by_who_made_it(cast: Cast, pending: Story) -> None:
    for by in (cast.second_moderator, cast.moderator):
        Assignment.assign(pending, by=cast.moderator, to=cast.second_moderator)
        assert not Assignment.give_back(pending, by=cast.owner)
        assert Assignment.give_back(pending, by=by)
        assert not Assignment.give_back(pending, by=by)
    assert not Assignment.objects.exists()


def test_anybodys_decision_ends_it_and_undo_brings_it_back(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.moderator, to=cast.second_moderator, note="Yours?")
    pending.return_for_change(by=cast.owner, revision=1, message="Shorter.")
    assert Assignment.objects.on(pending) is None
    pending.undo(pending.audit_log.latest("pk"), by=cast.owner)
    back = Assignment.objects.on(pending)
    assert back is not None
    assert (back.moderator, back.note) == (cast.second_moderator.user, "Yours?")
    assert assigned(cast.second_moderator) == [pending]


def test_story_that_comes_back_is_assigned_to_nobody(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.moderator, to=cast.second_moderator)
    with clock.at(timezone.now() - timedelta(minutes=1)):
        pending.return_for_change(by=cast.owner, revision=1, message="Shorter.")
    pending.submit(by=cast.member)
    assert assigned(cast.second_moderator) == []
    Assignment.assign(pending, by=cast.moderator, to=cast.owner, replacing=NOBODY)
    assert assigned(cast.owner) == [pending]


def test_withdrawn_story_is_in_nobodys_list_until_it_is_sent_again(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.moderator, to=cast.second_moderator)
    pending.withdraw(by=cast.member)
    assert assigned(cast.second_moderator) == []
    pending.submit(by=cast.member)
    assert assigned(cast.second_moderator) == [pending]


def test_reported_story_is_assigned_until_its_reports_are_decided_on(cast: Cast, story: Story) -> None:
    reported(story, cast.newcomer)
    Assignment.assign(story, by=cast.moderator, to=cast.second_moderator)
    assert waiting(cast.second_moderator, "mine") == [story.pk]
    story.dismiss_reports(by=cast.owner, revision=story.revision)
    assert waiting(cast.second_moderator, "mine") == []


def test_moderator_who_leaves_or_becomes_a_member_loses_assignments(cast: Cast, pending: Story) -> None:
    leaving, demoted, removed = (make_member(team=cast.team, role="moderator") for _ in range(3))
    others = [make_story(author=cast.member, state="pending") for _ in range(2)]
    for moderator, story in zip((leaving, demoted, removed), (pending, *others), strict=True):
        Assignment.assign(story, by=cast.moderator, to=moderator)
    leaving.leave()
    demoted.change_role("member", by=cast.owner)
    removed.remove(by=cast.owner)
    assert not Assignment.objects.exists()


# Who may


def test_story_is_assigned_to_a_moderator_who_can_decide_on_it(cast: Cast, pending: Story) -> None:
    declined = make_story(author=cast.member, moderator=cast.second_moderator, state="declined")
    declined.stand_by(by=cast.member, message="Please look again.")
    own = make_story(author=cast.second_moderator, state="pending")
    for story, to in (
        (pending, cast.member),
        (pending, cast.foreign_owner),
        (declined, cast.second_moderator),
        (own, cast.second_moderator),
    ):
        with pytest.raises(Refused):
            Assignment.assign(story, by=cast.moderator, to=to)
    with pytest.raises(Refused, match="You have decided on this story before"):
        Assignment.assign(declined, by=cast.second_moderator, to=cast.second_moderator)
    assert not Assignment.objects.exists()


def test_story_is_assigned_by_a_moderator_and_while_it_needs_one(cast: Cast, pending: Story, story: Story) -> None:
    with pytest.raises(Refused, match="any more"):
        Assignment.assign(story, by=cast.moderator, to=cast.second_moderator)
    own = make_story(author=cast.moderator, state="pending")
    for nobody, of in ((cast.member, pending), (cast.foreign_owner, pending), (cast.moderator, own)):
        with pytest.raises(Refused):
            Assignment.assign(of, by=nobody, to=cast.second_moderator)
        with pytest.raises(Refused):
            Assignment.give_back(of, by=nobody)
    assert not Assignment.objects.exists()


def people_for(moderator: Membership, story: Story) -> tuple[int | None, list[int]]:
    people = read_people(moderator.team)
    author = author_among(people, story)
    return author.pk if author else None, [one.pk for one in colleagues_among(people, moderator, story)]


def test_nobody_is_offered_who_cannot_decide(cast: Cast, pending: Story) -> None:
    User.objects.filter(pk=cast.second_moderator.user_id).update(is_active=False)
    gone = Membership.objects.select_related("team", "user").get(pk=cast.second_moderator.pk)
    assert people_for(cast.moderator, pending) == (cast.member.pk, [cast.owner.pk])
    with pytest.raises(Refused):
        Assignment.assign(pending, by=cast.moderator, to=gone)
    cast.team.two_factor_required = True
    cast.team.save()
    assert people_for(cast.moderator, pending) == (cast.member.pk, [])
    own = make_story(author=cast.owner, state="pending")
    assert people_for(cast.moderator, own) == (cast.owner.pk, []), "an author is shown all the same"


# At the desk


@each_way
def test_story_is_assigned_with_a_note_and_the_next_one_opens(
    cast: Cast, pending: Story, headers: dict[str, str]
) -> None:
    following = make_story(author=cast.newcomer, state="pending")
    client, note = signed_in(cast.moderator), "You know the <i>pantry</i>."
    data = {"colleague": cast.second_moderator.pk, "note": note, "assigned": NOBODY}
    answer = client.post(address(pending, "assign"), data, headers=headers)
    answer = answer if headers else client.get(answer["Location"])
    assert part(answer, f"story-{following.pk}-decision")
    assert "Sam Second has it now." in words(text_of(answer))
    theirs = signed_in(cast.second_moderator).get(DESK, {"show": "mine"})
    assert "Assigned to you" in words(part(theirs, f"story-{pending.pk}-row"))
    shown = words(part(theirs, f"story-{pending.pk}-assigned"))
    assert shown == "Mo Moderator has assigned this to you. You know the <i>pantry</i>."
    assert "<i>pantry" not in text_of(theirs)
    assert "Assigned to Sam Second" in marks(cast.owner, pending)
    assert note not in text_of(signed_in(cast.member).get(f"/harbour-team/stories/{pending.pk}/"))


@each_way
def test_story_is_taken_and_given_back_and_stays_open(cast: Cast, pending: Story, headers: dict[str, str]) -> None:
    client = signed_in(cast.moderator)
    for action, data, shown in (
        ("assign", {"colleague": cast.moderator.pk, "assigned": NOBODY}, "This is assigned to you."),
        ("give-back", {}, ""),
        ("give-back", {}, ""),
    ):
        answer = client.post(address(pending, action), data, headers=headers)
        answer = answer if headers else client.get(answer["Location"])
        assert words(part(answer, f"story-{pending.pk}-assigned")) == shown


def test_former_address_of_the_form_assigns(cast: Cast, pending: Story) -> None:
    signed_in(cast.moderator).post(address(pending, "hand"), {"colleague": cast.owner.pk, "note": "Yours?"})
    assert assigned(cast.owner) == [pending]


@pytest.mark.parametrize("who", ["member", "newcomer", "foreign_owner", ""])
@each_way
def test_refused_assignment_keeps_its_note(cast: Cast, pending: Story, headers: dict[str, str], who: str) -> None:
    data = {"colleague": getattr(cast, who).pk if who else "", "note": "Not to be lost."}
    answer = signed_in(cast.moderator).post(address(pending, "assign"), data, headers=headers)
    assert answer.status_code == 422
    assert "Choose a colleague." in words(part(answer, f"story-{pending.pk}-assignment"))
    assert value(part(answer, f"story-{pending.pk}-assignment-note")) == "Not to be lost."
    assert not Assignment.objects.exists()


@each_way
def test_note_of_an_assignment_that_came_too_late_is_given_back(
    cast: Cast, pending: Story, headers: dict[str, str]
) -> None:
    pending.publish(by=cast.second_moderator, revision=1)
    data = {"colleague": cast.owner.pk, "note": "Not to be lost.", "assigned": NOBODY}
    answer = signed_in(cast.moderator).post(address(pending, "assign"), data, headers=headers)
    assert answer.status_code == 409
    shown = words(part(answer, f"story-{pending.pk}-decision"))
    assert "Sam Second published this" in shown
    assert "Not to be lost." in shown


def test_assignment_made_meanwhile_is_shown_and_can_be_replaced(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.owner, to=cast.second_moderator)
    client = signed_in(cast.moderator)
    data = {"colleague": cast.owner.pk, "note": "Not to be lost.", "assigned": NOBODY}
    answer = client.post(address(pending, "assign"), data, headers=HTMX)
    assert answer.status_code == 422
    form = part(answer, f"story-{pending.pk}-assignment")
    assert "It is assigned to Sam Second meanwhile." in words(form)
    shown = value(part(answer, f"story-{pending.pk}-assignment-assigned"))
    assert shown == str(cast.second_moderator.user_id)
    client.post(address(pending, "assign"), data | {"assigned": shown}, headers=HTMX)
    assert assigned(cast.owner) == [pending]


def test_absent_colleague_is_offered_last_and_shown_as_away(cast: Cast, pending: Story) -> None:
    cast.owner.go_away_until(timezone.localdate() + timedelta(days=3))
    client = signed_in(cast.moderator)
    chooser = part(client.get(DESK), f"story-{pending.pk}-assignment-colleague")
    offered = [words(option) for option in chooser.children if not isinstance(option, str)]
    assert offered[1] == "Sam Second"
    assert offered[2].startswith("Olu Owner, away until ")
    Assignment.assign(pending, by=cast.moderator, to=cast.owner)
    shown = words(part(client.get(DESK), f"story-{pending.pk}-assigned"))
    assert shown.startswith("This is assigned to Olu Owner, who is away until ")


def test_story_of_a_colleague_comes_after_those_that_are_left(cast: Cast) -> None:
    before, theirs, free = (make_story(author=cast.member, state="pending") for _ in range(3))
    Assignment.assign(theirs, by=cast.owner, to=cast.second_moderator)
    assert following(cast.moderator, before) == free.pk
    assert following(cast.second_moderator, before) == theirs.pk
    free.publish(by=cast.owner, revision=1)
    assert following(cast.moderator, before) == theirs.pk


def test_first_moderator_may_ask_a_colleague_for_the_second_opinion(cast: Cast) -> None:
    story = stood_by(cast, cast.moderator)
    page = signed_in(cast.moderator).get(DESK, {"story": story.pk})
    form = words(part(page, f"story-{story.pk}-assignment"))
    assert "Sam Second" in form
    assert "Take it yourself" not in form
    Assignment.assign(story, by=cast.moderator, to=cast.second_moderator)
    assert assigned(cast.second_moderator) == [story]


def test_open_desk_draws_what_a_colleague_changed_beside_the_list(cast: Cast, pending: Story) -> None:
    Assignment.assign(pending, by=cast.owner, to=cast.second_moderator)
    answer = news(signed_in(cast.moderator), pending, opened=pending)
    assert words(part(answer, f"story-{pending.pk}-assigned")) == "This is assigned to Sam Second."
