"""Tests of deletions that happen at the same time as other changes, each with its own connection."""

import pytest
from django.utils import timezone

from accounts.models import User
from archives.models import AccountDeletion
from stories.counters import drifted
from stories.models import ReactionKind, Story
from tests.conftest import Cast, make_cast
from tests.factories import make_member, make_story
from tests.stories.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_one_of_two_workers_deletes_the_account(cast: Cast) -> None:
    AccountDeletion.objects.create(person=cast.member.user, due_at=timezone.now())
    pk = cast.member.user_id
    gone = at_once(lambda: AccountDeletion.carry_out(pk), lambda: AccountDeletion.carry_out(pk))
    assert [person is None for person in gone].count(True) == 1
    assert not User.objects.filter(pk=pk).exists()


def test_account_is_deleted_while_others_react_to_the_same_stories(cast: Cast) -> None:
    stories = [make_story(author=cast.newcomer, moderator=cast.moderator) for _ in range(4)]
    own = [make_story(author=cast.member, moderator=cast.moderator) for _ in range(2)]
    others = [make_member(team=cast.team, name=f"Reader {number}") for number in range(3)]
    for story in stories:
        story.toggle_uplift(by=cast.member)
        story.toggle_reaction(ReactionKind.WARM, by=cast.member)
    AccountDeletion.objects.create(person=cast.member.user, due_at=timezone.now())

    def react(reader: int) -> bool:
        for story in [*own, *reversed(stories)] if reader % 2 else [*stories, *own]:
            mine = Story.objects.with_author_and_team().get(pk=story.pk)
            mine.toggle_uplift(by=others[reader])
            mine.toggle_reaction(ReactionKind.WARM, by=others[reader])
        return True

    pk = cast.member.user_id
    done = at_once(lambda: AccountDeletion.carry_out(pk), *(lambda one=one: react(one) for one in range(3)))
    assert all(done)
    assert not list(drifted(Story.objects.all()))
    assert list(Story.objects.values_list("uplift_count", "warm_count").distinct()) == [(3, 3)]
