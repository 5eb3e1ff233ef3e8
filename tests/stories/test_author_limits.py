"""One person cannot write or send without end. A limited person reads why and keeps their text."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kindwall import clock
from stories.limits import MOST_DRAFTS, OF_A_PERSON, OF_A_TEAM
from stories.models import State, Story
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_member, make_story
from tests.pages import HTMX, part, text_of, words

pytestmark = pytest.mark.once

MOST, WINDOW = OF_A_PERSON[0]
TYPED = {"kind": "given", "qualities": "hope", "body": "Held the door, <and> my tongue."}


def send(client: Client, **changed: Any) -> Any:
    return client.post("/harbour-team/share/", {**TYPED, "composer": uuid4(), "action": "submit", **changed})


def send_many(cast: Cast, number: int = MOST) -> None:
    for _ in range(number):
        make_draft(author=cast.member).submit(by=cast.member)


def test_usual_number_of_submissions_is_accepted(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert {send(client).status_code for _ in range(MOST)} == {302}
    assert Story.objects.waiting().count() == MOST


def test_submission_over_the_limit_is_kept_as_a_draft(cast: Cast) -> None:
    send_many(cast)
    answer = send(signed_in(cast.member))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= WINDOW.total_seconds()
    said = text_of(answer)
    assert "You have sent many in a short time. Please send this one in 10 minutes." in said
    assert TYPED["body"] in words(part(answer, "id_body"))
    [draft] = Story.objects.drafts()
    assert draft.body == TYPED["body"]
    assert f'action="/harbour-team/stories/{draft.pk}/edit/"' in said


def test_submission_is_accepted_after_the_wait(cast: Cast) -> None:
    send_many(cast)
    client = signed_in(cast.member)
    refused = send(client)
    with clock.at(timezone.now() + timedelta(seconds=int(refused["Retry-After"]) + 1)):
        assert send(client).status_code == 302


def test_day_has_a_limit_too(cast: Cast) -> None:
    most, _day = OF_A_PERSON[1]
    with clock.at(timezone.now() - timedelta(hours=2)):
        send_many(cast, most)
    answer = send(signed_in(cast.member))
    assert (answer.status_code, "about 22 hours" in text_of(answer)) == (429, True)


def test_clock_set_back_limits_nobody(cast: Cast) -> None:
    with clock.at(timezone.now() + timedelta(days=300)):
        send_many(cast)
    assert send(signed_in(cast.member)).status_code == 302


def test_each_way_of_sending_is_limited(cast: Cast) -> None:
    draft = make_draft(author=cast.member)
    declined = make_story(author=cast.member, moderator=cast.moderator, state=State.DECLINED)
    send_many(cast)
    client = signed_in(cast.member)
    for path, fields in (
        (f"stories/{draft.pk}/submit/", {}),
        (f"stories/{draft.pk}/edit/", {**TYPED, "revision": draft.revision, "action": "submit"}),
        (f"stories/{declined.pk}/stand-by/", {"message": "Please look again."}),
    ):
        answer = client.post(f"/harbour-team/{path}", fields)
        assert (path, answer.status_code) == (path, 429)
        assert answer["Retry-After"]
    assert "Please look again." in text_of(answer)


def test_limit_of_one_person_does_not_stop_others_or_moderators(cast: Cast) -> None:
    send_many(cast)
    assert send(signed_in(cast.newcomer)).status_code == 302
    desk = signed_in(cast.moderator)
    for story in Story.objects.waiting():
        answer = desk.post(f"/harbour-team/stories/{story.pk}/publish/", {"revision": story.revision}, headers=HTMX)
        assert answer.status_code == 200


def test_team_has_a_limit_of_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stories.limits.OF_A_TEAM", ((3, OF_A_TEAM[0][1]),))
    send_many(cast, 3)
    answer = send(signed_in(cast.newcomer))
    assert (answer.status_code, "Many stories are coming in here just now" in text_of(answer)) == (429, True)
    elsewhere = signed_in(cast.foreign_owner).post("/elsewhere/share/", {**TYPED, "action": "submit"})
    assert elsewhere.status_code == 302


def full(cast: Cast) -> None:
    for _ in range(MOST_DRAFTS):
        make_draft(author=cast.member)


def test_drafts_are_bounded_in_number(cast: Cast) -> None:
    full(cast)
    client = signed_in(cast.member)
    answer = send(client, action="save")
    assert answer.status_code == 422
    assert "You have 50 drafts already" in text_of(answer)
    assert 'href="/harbour-team/mine/"' in text_of(answer)
    assert TYPED["body"] in words(part(answer, "id_body"))
    saved = client.post("/harbour-team/share/", {**TYPED, "composer": uuid4(), "action": "save"}, headers=HTMX)
    assert (saved.status_code, "You have 50 drafts already" in text_of(saved)) == (422, True)
    assert Story.objects.drafts().count() == MOST_DRAFTS


def test_existing_drafts_are_saved_and_direct_submissions_accepted(cast: Cast) -> None:
    full(cast)
    client, draft = signed_in(cast.member), Story.objects.drafts().latest("pk")
    fields = {**TYPED, "body": "Another.", "composer": draft.created_by_editor, "action": "save"}
    assert client.post("/harbour-team/share/", fields, headers=HTMX).status_code == 200
    draft.refresh_from_db()
    assert draft.body == "Another."
    assert send(client).status_code == 302
    assert Story.objects.waiting().count() == 1


def test_drafts_in_another_team_do_not_count(cast: Cast) -> None:
    full(cast)
    make_member(team=cast.foreign_owner.team)
    assert send(signed_in(cast.newcomer), action="save").status_code == 302


def test_saving_too_fast_waits_a_moment(cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "save": "3/m/user"}
    client, composer = signed_in(cast.member), uuid4()
    fields = {**TYPED, "composer": composer, "action": "save"}
    statuses = [client.post("/harbour-team/share/", fields, headers=HTMX) for _ in range(4)]
    assert [answer.status_code for answer in statuses] == [200, 200, 200, 429]
    assert statuses[-1]["Retry-After"] == "10"
    assert send(client, composer=composer).status_code == 302, "what is sent is not a save"


def test_pressing_too_fast_waits_a_moment(cast: Cast, story: Story, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "press": "2/m/user"}
    client = signed_in(cast.newcomer)
    answers = [client.post(f"/harbour-team/stories/{story.pk}/uplift/", headers=HTMX) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert "That was very fast" in text_of(answers[-1])
    story.refresh_from_db()
    assert story.uplift_count == 0


def test_limits_of_the_entrance_say_when_to_come_again(client: Client, db: None, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "guess_token": "1/m/ip"}
    answers = [client.get("/join/never/") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 429]
    assert re.fullmatch(r"\d+", answers[-1]["Retry-After"])
