"""A notice is stored in one statement, renewed by topic, read when it was seen, and gone with its membership."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.notice_kinds import notice_kinds, send_notice, withdraw_notice
from archives.erasure import erase
from kindwall import clock
from notices.models import Notice
from notices.tasks import prune_notices
from stories.models import Story
from tests.conftest import Cast
from tests.factories import make_user
from tests.notices.lists import sentences, unread

WAITING = notice_kinds["waiting"]


def send(cast: Cast, people: list[Membership], *, topic: str = "waiting:1", unread_again: bool = True) -> None:
    to = [person.user_id for person in people]
    send_notice(WAITING, to=to, team=cast.team.pk, topic=topic, unread_again=unread_again)


def test_second_notice_of_a_topic_renews_the_first(cast: Cast, pending: Story) -> None:
    Notice.objects.all().delete()
    send(cast, [cast.owner])
    Notice.objects.mark_read(cast.owner.user)
    send(cast, [cast.owner], unread_again=False)
    [notice] = Notice.objects.all()
    assert notice.read_at is not None
    assert notice.updated_at > notice.created_at
    send(cast, [cast.owner])
    notice.refresh_from_db()
    assert notice.read_at is None


def test_only_members_with_the_role_get_a_notice(cast: Cast, pending: Story) -> None:
    Notice.objects.all().delete()
    send(cast, [cast.owner, cast.moderator, cast.member, cast.foreign_owner])
    assert set(Notice.objects.values_list("user", flat=True)) == {cast.owner.user_id, cast.moderator.user_id}


def test_older_entry_of_the_log_changes_nothing(cast: Cast, story: Story) -> None:
    first, *_rest, last = story.audit_log.order_by("pk")
    decision = notice_kinds["decision"]
    for entry in (last, first, last):
        send_notice(decision, to=[cast.member.user_id], team=cast.team.pk, topic="t", story=story.pk, entry=entry.pk)
        Notice.objects.mark_read(cast.member.user)
    [notice] = Notice.objects.filter(topic="t")
    assert notice.entry == last
    assert notice.created_at == notice.updated_at


def test_notices_to_thousands_take_one_statement_for_each_thousand(cast: Cast) -> None:
    users = User.objects.bulk_create(User(email=f"m{n}@example.org", name=f"M{n}") for n in range(1_100))
    Membership.objects.bulk_create(Membership(team=cast.team, user=user, role="moderator") for user in users)
    to = [user.pk for user in users]
    with CaptureQueriesContext(connection) as some:
        send_notice(WAITING, to=to[:10], team=cast.team.pk, topic="few")
    with CaptureQueriesContext(connection) as many:
        send_notice(WAITING, to=to, team=cast.team.pk, topic="many")
    with CaptureQueriesContext(connection) as everybody:
        send_notice(WAITING, to=None, team=cast.team.pk, topic="all")
    inserts = [
        sum("INSERT" in query["sql"] for query in queries.captured_queries) for queries in (some, many, everybody)
    ]
    assert inserts == [1, 2, 1]
    assert Notice.objects.filter(topic="many").count() == 1_100
    assert Notice.objects.filter(topic="all").count() == 1_103


def test_withdrawn_notice_is_gone_for_everybody(cast: Cast, pending: Story) -> None:
    send(cast, [cast.owner, cast.moderator], topic="channel:7")
    withdraw_notice(WAITING, team=cast.team.pk, topic="channel:7")
    assert not Notice.objects.filter(topic="channel:7").exists()


def test_rolled_back_change_tells_nobody(cast: Cast) -> None:
    with transaction.atomic():
        send(cast, [cast.owner])
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


@pytest.mark.once
def test_notice_goes_with_the_membership_and_does_not_come_back_with_it(cast: Cast, pending: Story) -> None:
    assert unread(cast.second_moderator) == 1
    cast.second_moderator.remove(by=cast.owner)
    assert sentences(cast.second_moderator) == []
    Membership.join(cast.second_moderator.user, cast.team, role="moderator", by="invitation")
    assert sentences(cast.second_moderator) == []


def test_notice_goes_with_the_account_and_with_the_team(cast: Cast, pending: Story) -> None:
    person = make_user(name="Gone Soon")
    Membership.objects.create(team=cast.team, user=person, role="moderator")
    send_notice(WAITING, to=[person.pk], team=cast.team.pk, topic="t")
    erase(person, [])
    person.delete()
    assert not Notice.objects.filter(topic="t").exists()
    assert Notice.objects.exists()
    Story.objects.all().delete()
    Team.objects.filter(pk=cast.team.pk).delete()
    assert not Notice.objects.exists()


@pytest.mark.once
def test_notice_is_deleted_ninety_days_after_its_latest_addition(cast: Cast) -> None:
    send(cast, [cast.owner])
    Notice.objects.update(created_at=timezone.now() - timedelta(days=200))
    for days, number in ((89, 1), (91, 0)):
        with clock.at(timezone.now() + timedelta(days=days)):
            prune_notices.call()
        assert Notice.objects.count() == number
