"""Tests of requesting and cancelling the deletion of an account."""

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from accounts.models import Membership, Refused, Team, User
from archives.models import AccountDeletion
from archives.models.deletion import DELETION_GRACE
from archives.tasks import delete_if_due
from stories.models import ReactionKind, Story
from tests.archives.account_deletions import DELETE, choice_for_team, make_due, request_deletion
from tests.archives.conftest import confirmed, run_tasks
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_member, make_story, make_team
from tests.pages import text_of


def test_person_chooses_and_confirms_the_deletion(cast: Cast, story: Story) -> None:
    client = confirmed(cast.member)
    page = text_of(client.get(DELETE))
    assert "1 story in <bdi>Harbour</bdi>" in page
    answer = client.post(DELETE, choice_for_team(cast, "unnamed"))
    assert answer.status_code == 200
    assert "1 story stays, without your name." in text_of(answer)
    assert not AccountDeletion.objects.exists()
    answer = client.post(DELETE, {**choice_for_team(cast, "unnamed"), "action": "delete"})
    assert (answer.status_code, answer["Location"]) == (302, DELETE)
    asked = AccountDeletion.objects.get()
    assert asked.choice_in(cast.team) == "unnamed"
    assert asked.due_at - asked.asked_at == DELETION_GRACE
    # Nothing has changed yet, not even the choice stored for the team.
    assert cast.member.user.departure_choice_in(cast.team) == "named"
    run_tasks()
    (letter,) = mail.outbox
    assert letter.to == [cast.member.user.email]
    assert f"{DELETE}\n" in letter.body
    assert User.objects.filter(pk=cast.member.user_id).exists()


def test_deletion_pages_need_the_same_queries_for_any_number_of_teams(cast: Cast) -> None:
    client = confirmed(cast.member)

    def queries() -> tuple[int, int]:
        counts = []
        for send in (client.get, client.post):
            with CaptureQueriesContext(connection) as captured:
                assert send(DELETE).status_code in (200, 422)
            counts.append(len(captured))
        return counts[0], counts[1]

    queries()
    few = queries()
    for _ in range(4):
        team = make_team()
        Membership.objects.create(team=team, user=cast.member.user)
        mate = make_member(team=team, role="owner")
        make_story(author=Membership.objects.get(team=team, user=cast.member.user), moderator=mate)
    assert queries() == few


def test_deletion_without_a_choice_is_refused(cast: Cast, story: Story) -> None:
    assert confirmed(cast.member).post(DELETE, {"action": "delete"}).status_code == 422
    assert not AccountDeletion.objects.exists()


def test_requesting_a_deletion_twice_is_harmless(cast: Cast) -> None:
    client = request_deletion(cast.member)
    first = AccountDeletion.objects.get()
    answer = client.post(DELETE, {"action": "delete"})
    assert answer.status_code == 200
    assert "Keep my account" in text_of(answer)
    assert AccountDeletion.objects.get().due_at == first.due_at
    assert AccountDeletion.request(cast.member.user, {}) == (first, False)
    assert DBTaskResult.objects.count() == 2


def test_deletion_needs_a_recent_password(cast: Cast) -> None:
    client = signed_in(cast.member)
    for send in (client.get, client.post):
        assert send(DELETE)["Location"].startswith("/accounts/reauthenticate/")
    assert not AccountDeletion.objects.exists()


def test_banner_on_every_page_cancels_the_deletion(cast: Cast, story: Story) -> None:
    client = request_deletion(cast.member, choice_for_team(cast, "gone"))
    for path in ("/harbour-team/", "/me/data/", "/harbour-team/share/"):
        assert "Your account will be deleted at" in text_of(client.get(path)), path
    assert client.post("/me/data/keep/").status_code == 302
    assert not AccountDeletion.objects.exists()
    assert "will be deleted" not in text_of(client.get("/harbour-team/"))
    # Cancelling again is harmless.
    assert client.post("/me/data/keep/").status_code == 302
    run_tasks(later=DELETION_GRACE * 2)
    assert User.objects.filter(pk=cast.member.user_id).exists()


def test_banner_needs_no_query(cast: Cast, story: Story) -> None:
    def queries(client: Client) -> int:
        client.get("/harbour-team/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/harbour-team/")
        return len(captured)

    plain = queries(signed_in(cast.newcomer))
    assert queries(request_deletion(cast.newcomer)) == plain


def test_banner_is_shown_in_other_browsers_of_the_person(cast: Cast) -> None:
    other, later = Client(), Client()
    sign_in = {"login": cast.member.user.email, "password": PASSWORD}
    other.post("/accounts/login/", sign_in)
    assert UserSession.objects.count() == 1
    client = request_deletion(cast.member)
    assert "will be deleted" in text_of(other.get("/harbour-team/"))
    later.post("/accounts/login/", sign_in)
    assert "will be deleted" in text_of(later.get("/harbour-team/"))
    client.post("/me/data/keep/")
    assert "will be deleted" not in text_of(other.get("/harbour-team/"))
    assert "will be deleted" not in text_of(signed_in(cast.member).get("/harbour-team/"))


def test_last_owner_has_to_hand_over_the_team_first(cast: Cast) -> None:
    client = confirmed(cast.owner)
    page = client.get(DELETE)
    assert "Hand over first" in text_of(page)
    assert "/harbour-team/people/" in text_of(page)
    assert client.post(DELETE, {"action": "delete"}).status_code == 409
    with pytest.raises(Refused):
        AccountDeletion.request(cast.owner.user, {})
    cast.owner.hand_over(cast.moderator)
    assert client.get(DELETE).status_code == 200
    assert "Hand over first" not in text_of(client.get(DELETE))


def test_last_owner_without_the_required_second_factor_has_to_hand_over_too(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(two_factor_required=True)
    client = confirmed(cast.owner)
    assert "Hand over first" in text_of(client.get(DELETE))
    assert client.post(DELETE, {"action": "delete"}).status_code == 409
    second = make_member(team=cast.team, name="Ola Owner", role="owner")
    AccountDeletion.request(cast.owner.user, {})
    second.leave()
    make_due()
    assert delete_if_due(cast.owner.user_id)
    assert Membership.objects.owners().get(team=cast.team).user_id == cast.moderator.user_id


def test_team_of_one_person_is_deleted_with_the_account(cast: Cast) -> None:
    alone = make_member(team=make_team(name="Just Me", slug="just-me"), name="Solo", role="owner")
    story = make_story(author=alone, moderator=alone)
    story.toggle_reaction(ReactionKind.SMILE, by=alone)
    client = confirmed(alone)
    page = text_of(client.post(DELETE))
    assert "Just Me" in page
    assert "the whole team is deleted" in page
    client.post(DELETE, {"action": "delete"})
    make_due()
    assert delete_if_due(alone.user_id)
    assert not Team.objects.filter(slug="just-me").exists()
    assert not User.objects.filter(pk=alone.user_id).exists()
