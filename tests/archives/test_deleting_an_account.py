"""Going for good: chosen, confirmed, taken back for a day; and then nothing of somebody remains."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Invitation, JoinLink, Membership, Parting, Refused, Team, TeamEntry, User
from archives import erasure as traces
from archives.models import AccountDeletion, Export
from archives.models.deletion import GRACE, farewells
from archives.tasks import delete_if_due
from kindwall import clock
from kindwall.worker import Worker
from stories.counters import drifted
from stories.models import AuditEntry, OutboxEvent, Phrase, ReactionKind, Report, State, Story, StoryText
from tests.archives.conftest import confirmed, run_tasks
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_draft, make_edit, make_member, make_story, make_team
from tests.pages import text_of

DELETE = "/me/data/delete/"


def choice(cast: Cast, wish: str) -> dict[str, str]:
    return {f"team-{cast.team.pk}": wish}


def ask(person: Membership | User, choices: dict[str, str] | None = None) -> Client:
    client = confirmed(person)
    client.post(DELETE, {**(choices or {}), "action": "delete"})
    return client


def be_due() -> None:
    AccountDeletion.objects.update(due_at=timezone.now())


def go(person: Membership, choices: dict[int, str] | None = None) -> None:
    """All of it at once."""
    AccountDeletion.ask(person.user, choices or {})
    be_due()
    assert delete_if_due(person.user_id)


def test_one_chooses_sees_and_confirms(cast: Cast, story: Story) -> None:
    client = confirmed(cast.member)
    page = text_of(client.get(DELETE))
    assert "1 story in Harbour" in page
    answer = client.post(DELETE, choice(cast, "unnamed"))
    assert answer.status_code == 200
    assert "1 story stays, without your name." in text_of(answer)
    assert not AccountDeletion.objects.exists()
    answer = client.post(DELETE, {**choice(cast, "unnamed"), "action": "delete"})
    assert (answer.status_code, answer["Location"]) == (302, DELETE)
    asked = AccountDeletion.objects.get()
    assert asked.choice_in(cast.team) == "unnamed"
    assert asked.due_at - asked.asked_at == GRACE
    # Nothing has happened yet, not even the wish for the team.
    assert cast.member.user.parting_in(cast.team) == "named"
    run_tasks()
    (letter,) = mail.outbox
    assert letter.to == [cast.member.user.email]
    assert f"{DELETE}\n" in letter.body
    assert User.objects.filter(pk=cast.member.user_id).exists()


def test_its_pages_cost_the_same_for_any_number_of_teams(cast: Cast) -> None:
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


def test_without_a_choice_the_form_comes_back(cast: Cast, story: Story) -> None:
    assert confirmed(cast.member).post(DELETE, {"action": "delete"}).status_code == 422
    assert not AccountDeletion.objects.exists()


def test_asking_twice_is_asking_once(cast: Cast) -> None:
    client = ask(cast.member)
    first = AccountDeletion.objects.get()
    answer = client.post(DELETE, {"action": "delete"})
    assert answer.status_code == 200
    assert "Keep my account" in text_of(answer)
    assert AccountDeletion.objects.get().due_at == first.due_at
    assert AccountDeletion.ask(cast.member.user, {}) == (first, False)
    assert DBTaskResult.objects.count() == 2


def test_it_asks_who_it_is_first(cast: Cast) -> None:
    client = signed_in(cast.member)
    for send in (client.get, client.post):
        assert send(DELETE)["Location"].startswith("/accounts/reauthenticate/")
    assert not AccountDeletion.objects.exists()


def test_every_page_says_so_and_takes_it_back(cast: Cast, story: Story) -> None:
    client = ask(cast.member, choice(cast, "gone"))
    for path in ("/harbour-team/", "/me/data/", "/harbour-team/share/"):
        assert "Your account will be deleted at" in text_of(client.get(path)), path
    assert client.post("/me/data/keep/").status_code == 302
    assert not AccountDeletion.objects.exists()
    assert "will be deleted" not in text_of(client.get("/harbour-team/"))
    # Taking back what was never asked is harmless.
    assert client.post("/me/data/keep/").status_code == 302
    run_tasks(later=GRACE * 2)
    assert User.objects.filter(pk=cast.member.user_id).exists()


def test_the_banner_costs_no_query(cast: Cast, story: Story) -> None:
    def queries(client: Client) -> int:
        client.get("/harbour-team/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/harbour-team/")
        return len(captured)

    plain = queries(signed_in(cast.newcomer))
    assert queries(ask(cast.newcomer)) == plain


def test_other_browsers_of_the_person_know_it_too(cast: Cast) -> None:
    other = Client()
    other.post("/accounts/login/", {"login": cast.member.user.email, "password": PASSWORD})
    assert UserSession.objects.count() == 1
    client = ask(cast.member)
    assert "will be deleted" in text_of(other.get("/harbour-team/"))
    later = signed_in(cast.member)
    assert "will be deleted" in text_of(later.get("/harbour-team/"))
    client.post("/me/data/keep/")
    assert "will be deleted" not in text_of(other.get("/harbour-team/"))
    assert "will be deleted" not in text_of(signed_in(cast.member).get("/harbour-team/"))


def test_the_last_owner_of_others_hands_over_first(cast: Cast) -> None:
    client = confirmed(cast.owner)
    page = client.get(DELETE)
    assert "Hand over first" in text_of(page)
    assert "/harbour-team/people/" in text_of(page)
    assert client.post(DELETE, {"action": "delete"}).status_code == 409
    with pytest.raises(Refused):
        AccountDeletion.ask(cast.owner.user, {})
    cast.owner.hand_over(cast.moderator)
    assert client.get(DELETE).status_code == 200
    assert "Hand over first" not in text_of(client.get(DELETE))


def test_so_does_one_who_lacks_the_second_factor_that_the_team_asks_for(cast: Cast) -> None:
    Team.objects.filter(pk=cast.team.pk).update(two_factor_required=True)
    client = confirmed(cast.owner)
    assert "Hand over first" in text_of(client.get(DELETE))
    assert client.post(DELETE, {"action": "delete"}).status_code == 409
    second = make_member(team=cast.team, name="Ola Owner", role="owner")
    AccountDeletion.ask(cast.owner.user, {})
    second.leave()
    be_due()
    assert delete_if_due(cast.owner.user_id)
    assert Membership.objects.owners().get(team=cast.team).user_id == cast.moderator.user_id


def test_somebody_alone_in_a_team_takes_it_with_them(cast: Cast) -> None:
    alone = make_member(team=make_team(name="Just Me", slug="just-me"), name="Solo", role="owner")
    story = make_story(author=alone, moderator=alone)
    story.toggle_reaction(ReactionKind.SMILE, by=alone)
    client = confirmed(alone)
    page = text_of(client.post(DELETE))
    assert "Just Me" in page
    assert "the whole team goes" in page
    client.post(DELETE, {"action": "delete"})
    be_due()
    assert delete_if_due(alone.user_id)
    assert not Team.objects.filter(slug="just-me").exists()
    assert not User.objects.filter(pk=alone.user_id).exists()


def test_where_the_other_owner_went_meanwhile_the_team_has_an_heir(cast: Cast) -> None:
    second = make_member(team=cast.team, name="Ola Owner", role="owner")
    AccountDeletion.ask(cast.owner.user, {})
    second.leave()
    be_due()
    assert delete_if_due(cast.owner.user_id)
    assert Membership.objects.owners().get(team=cast.team).user_id == cast.moderator.user_id


def test_the_last_operator_is_told(cast: Cast) -> None:
    operator = User.objects.create_superuser("op@example.org", PASSWORD, name="Opal")
    told = "Nobody else runs this Kindwall."
    assert told in text_of(confirmed(operator).post(DELETE))
    User.objects.create_superuser("op2@example.org", PASSWORD, name="Otto")
    assert told not in text_of(confirmed(operator).post(DELETE))


@pytest.mark.parametrize(
    ("wish", "left", "kind"), [("named", "Mia Member", "card"), ("unnamed", "", "card"), ("gone", None, "gone")]
)
def test_published_stories_go_the_way_that_was_chosen(
    cast: Cast, story: Story, wish: str, left: str | None, kind: str
) -> None:
    stays = ("published", "aside")
    others = [
        make_story(author=cast.member, moderator=cast.moderator, state=state) for state in State if state not in stays
    ]
    aside = make_story(author=cast.member, moderator=cast.moderator, state="aside", body="Was it so?")
    waiting = make_edit(story, author=cast.member, body="Held another door.")
    before = OutboxEvent.objects.newest_id()
    go(cast.member, {cast.team.pk: wish})
    assert not Story.objects.filter(pk__in=[waiting.pk, *(other.pk for other in others)]).exists()
    # What is set aside goes or stays like what hangs, and stays where it is.
    assert list(Story.objects.filter(pk=aside.pk).values_list("state", "signature")) == (
        [] if left is None else [("aside", left)]
    )
    assert not OutboxEvent.objects.after(before).filter(story_id=aside.pk).exists()
    hung = Story.objects.filter(pk=story.pk).first()
    assert (hung.signature if hung else None) == left
    assert [event.kind for event in OutboxEvent.objects.after(before) if event.story_id == story.pk] == [kind]
    shown = text_of(signed_in(cast.newcomer).get("/harbour-team/"))
    assert ("Held the door" in shown) == (left is not None)
    assert ("Mia Member" in shown) == bool(left)


def test_also_in_a_team_that_was_left_before(cast: Cast, story: Story) -> None:
    cast.member.leave()
    (farewell,) = farewells(cast.member.user)
    assert (farewell.team, farewell.hanging, farewell.ends_team) == (cast.team, 1, False)
    go(cast.member, {cast.team.pk: "gone"})
    assert not Story.objects.exists()


def test_counts_stay_right_and_open_walls_are_told(cast: Cast) -> None:
    stories = [make_story(author=cast.newcomer, moderator=cast.moderator) for _ in range(3)]
    for one in stories[:2]:
        one.toggle_uplift(by=cast.member)
        one.toggle_reaction(ReactionKind.WARM, by=cast.member)
        one.toggle_uplift(by=cast.owner)
    stories[0].toggle_reaction(ReactionKind.SEE, by=cast.owner)
    stories[1].remove(by=cast.moderator, revision=stories[1].revision, message="For now.")
    before = OutboxEvent.objects.newest_id()
    go(cast.member)
    assert not list(drifted(Story.objects.all()))
    counts = Story.objects.order_by("pk").values_list("uplift_count", "warm_count", "see_count")
    assert list(counts) == [(1, 0, 1), (1, 0, 0), (0, 0, 0)]
    assert [(event.story_id, event.kind) for event in OutboxEvent.objects.after(before)] == [(stories[0].pk, "counts")]


def test_a_day_later_the_task_does_it_and_says_so(cast: Cast) -> None:
    ask(cast.member)
    run_tasks()
    run_tasks(later=GRACE - timedelta(minutes=1))
    # A worker that is early, or a clock that is late, does nothing.
    assert not delete_if_due(cast.member.user_id)
    assert User.objects.filter(pk=cast.member.user_id).exists()
    be_due()
    run_tasks(later=GRACE + timedelta(minutes=1))
    assert not User.objects.filter(pk=cast.member.user_id).exists()
    assert cast.member.user.email not in str(list(DBTaskResult.objects.values()))
    run_tasks()
    assert [letter.subject for letter in mail.outbox] == ["Your account will be deleted tomorrow", "It is done"]
    assert mail.outbox[-1].to == [cast.member.user.email]
    assert not delete_if_due(cast.member.user_id)


def test_what_was_missed_is_made_up_for(cast: Cast) -> None:
    ask(cast.member)
    ask(cast.newcomer)
    DBTaskResult.objects.all().delete()
    AccountDeletion.objects.filter(pk=cast.member.user_id).update(due_at=timezone.now() - timedelta(days=2))
    out = StringIO()
    call_command("delete_due_accounts", stdout=out)
    assert out.getvalue() == "Deleted 1 account(s).\n"
    assert not User.objects.filter(pk=cast.member.user_id).exists()
    assert User.objects.filter(pk=cast.newcomer.user_id).exists()


def test_the_server_makes_up_for_it_by_itself(cast: Cast) -> None:
    AccountDeletion.objects.create(person=cast.member.user, due_at=timezone.now())
    Worker()._tidy()
    assert not User.objects.filter(pk=cast.member.user_id).exists()


def test_one_account_that_cannot_go_keeps_no_other_from_going(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for person in (cast.member, cast.newcomer):
        AccountDeletion.ask(person.user, {})
    be_due()
    carry_out = AccountDeletion.carry_out

    def fail_once(pk: int) -> User | None:
        if pk == cast.member.user_id:
            raise RuntimeError("as foreseen")
        return carry_out(pk)

    monkeypatch.setattr(AccountDeletion, "carry_out", fail_once)
    call_command("delete_due_accounts", stdout=StringIO())
    assert "it is tried again" in caplog.text
    assert User.objects.filter(pk=cast.member.user_id).exists()
    assert not User.objects.filter(pk=cast.newcomer.user_id).exists()


def test_a_last_mail_that_is_not_taken_keeps_nobody_here(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError("no mail today")

    monkeypatch.setattr("archives.tasks.write", refuse)
    go(cast.member)
    assert not User.objects.filter(pk=cast.member.user_id).exists()


MARKS = ("Zebedee", "zebedee@example.org", "zeb-private@example.org")


def leave_marks_everywhere(cast: Cast) -> Membership:
    """Somebody who has used all that there is, under an unmistakable name."""
    me = make_member(team=cast.team, name=MARKS[0], email=MARKS[1], role="moderator")
    client = Client()
    client.post("/accounts/login/", {"login": MARKS[1], "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    address = EmailAddress.objects.create(user=me.user, email=MARKS[2], verified=True)
    EmailConfirmation.objects.create(email_address=address, key="zebedee-key")
    SocialAccount.objects.create(user=me.user, provider="oidc", uid="Zebedee-1", extra_data={"name": MARKS[0]})
    Authenticator.objects.create(user=me.user, type="totp", data={"secret": "Zebedee"})
    me.user.set_picture(b"Zebedee")
    Parting.choose(me.user, cast.team, "unnamed")
    mine = make_draft(author=me, body="A first line by Zebedee.")
    mine.submit(by=me)
    with clock.at(timezone.now() - timedelta(minutes=1)):
        mine.return_for_change(
            by=cast.moderator, revision=mine.revision, message="Dear Zebedee, whom do you mean?", saw="I see Zebedee.",
            reason="Zebedee", next_step="Zebedee sends it again.", talk_to="Whoever Zebedee likes",
        )  # fmt: skip
    mine.revise(by=me, revision=mine.revision, text=StoryText("given", ["love"], "A line."))
    mine.submit(by=me)
    mine.publish(by=cast.moderator, revision=mine.revision)
    Report.make(mine, by=cast.member, reason="named", words="This is about Zebedee.")
    make_edit(mine, author=me, body="A line, and Zebedee.")
    for state in State:
        stays = state in ("published", "aside", "accepted")
        make_story(author=me, moderator=cast.moderator, state=state, body="Words." if stays else MARKS[0])
    Report.make(theirs := make_story(author=cast.member, moderator=me), by=me, reason="other", words="Says Zebedee.")
    Phrase.keep("Yours, Zebedee", by=me)
    theirs.toggle_uplift(by=me)
    theirs.toggle_reaction(ReactionKind.SEE, by=me)
    JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    JoinLink.objects.update(made_by=me.user)
    for email, by in ((MARKS[2], cast.owner), (MARKS[1], me), ("other@example.org", me)):
        Invitation.objects.create(team=cast.team, email=email, invited_by=by.user, expires_at=timezone.now())
    TeamEntry.write(cast.team, me.user, TeamEntry.Action.JOIN)
    TeamEntry.write(cast.team, cast.owner.user, TeamEntry.Action.ROLE, subject=me.user)
    users, addresses = (ContentType.objects.get_for_model(model) for model in (User, EmailAddress))
    for content_type, pk, text in ((users, me.user_id, MARKS[0]), (addresses, address.pk, f"{MARKS[2]} (Zebedee)")):
        LogEntry.objects.create(
            user=cast.owner.user, content_type=content_type, object_id=str(pk), object_repr=text, action_flag=CHANGE
        )
    LogEntry.objects.create(user=me.user, content_type=users, object_id="1", object_repr="x", action_flag=CHANGE)
    export, _new = Export.ask(me.user, None, "kindwall-zebedee.zip")
    export.parts.create(number=0, data=b"Zebedee")
    # It is packed, so that a search would not find them in it; whether it is gone is asked for below.
    Export.ask(cast.owner.user, cast.team, "harbour.zip")
    DBTaskResult.objects.create(
        status="FAILED", args_kwargs={"args": [1], "kwargs": {}}, task_path="x", backend_name="default",
        run_after=timezone.now(), exception_class_path="x", traceback=f"refused: {MARKS[1]}",
    )  # fmt: skip
    visitor = Client().session
    visitor["account_verified_email"] = MARKS[2]
    visitor.save()
    return me


def places_of(marks: tuple[str, ...]) -> set[str]:
    """Every column of every table, and every session, in which one of these texts is found."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    raw = bytes(value) if isinstance(value, memoryview) else value
                    text = raw.decode("latin-1") if isinstance(raw, bytes) else str(raw)
                    if any(mark.lower() in text.lower() for mark in marks):
                        found.add(f"{table}.{column}")
    for session in Session.objects.all():
        held = json.dumps(session.get_decoded())
        if any(mark.lower() in held.lower() for mark in marks):
            found.add("session")
    return found


def test_nothing_else_of_somebody_remains(cast: Cast) -> None:
    me = leave_marks_everywhere(cast)
    before = places_of(MARKS)
    # The search finds what there is to find; otherwise finding nothing would say nothing.
    assert before >= {
        "accounts_user.name", "accounts_user.email", "account_emailaddress.email", "account_emailconfirmation.key",
        "socialaccount_socialaccount.extra_data", "mfa_authenticator.data", "accounts_picture.webp",
        "stories_story.body", "stories_auditentry.body", "stories_auditentry.message", "stories_auditentry.saw",
        "stories_auditentry.reason", "stories_auditentry.next_step", "stories_auditentry.talk_to",
        "stories_report.words", "stories_phrase.words", "accounts_invitation.email",
        "django_admin_log.object_repr", "archives_export.name", "archives_exportpart.data",
        f"{DBTaskResult._meta.db_table}.traceback", "session",
    }  # fmt: skip
    number = me.user_id
    stays = Story.objects.filter(author=me.user, state__in=["published", "aside"])
    assert stays.count() == 4
    log = AuditEntry.objects.filter(story__in=list(stays))
    done = list(log.order_by("pk").values_list("pk", "action", "from_state", "to_state", "created_at"))
    go(me, {cast.team.pk: "unnamed"})
    assert places_of(MARKS) == set()
    assert not Export.objects.exists()
    assert Story.objects.filter(author=None).count() == 4
    # Of a story that stays the log has lost no row, and every word: what was done is known, and by which moderator.
    log = AuditEntry.objects.filter(story__author=None)
    assert list(log.order_by("pk").values_list("pk", "action", "from_state", "to_state", "created_at")) == done
    assert set(log.values_list(*traces.FORGOTTEN)) == {("",) * len(traces.FORGOTTEN)}
    assert set(log.exclude(action="aside").values_list("actor", flat=True)) == {None, cast.moderator.user_id}
    assert set(Report.objects.values_list("reason", "words")) == {("named", "")}
    assert not list(drifted(Story.objects.all()))
    held = [session.get_decoded() for session in Session.objects.all()]
    assert str(number) not in {session.get("_auth_user_id") for session in held}
    # What was not theirs is still there.
    assert Invitation.objects.filter(email="other@example.org").exists()
    assert TeamEntry.objects.filter(action="leave", actor=None).exists()


def everything_in_a_log(cast: Cast) -> Story:
    """A story with an edit that was taken over, a decision that was undone, and a report that was answered."""
    story = make_story(author=cast.member, moderator=cast.moderator)
    make_edit(story, author=cast.member, moderator=cast.moderator)
    story.refresh_from_db()
    story.remove(by=cast.moderator, revision=story.revision, message="By mistake.")
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    Report.make(story, by=cast.newcomer, reason="other")
    story.dismiss_reports(by=cast.moderator, revision=story.revision)
    assert Report.objects.get().answer is not None
    return story


def test_a_log_goes_with_its_story_and_with_its_team(cast: Cast) -> None:
    """The database's own cascades pass where it refuses everybody else to shorten the log."""
    everything_in_a_log(cast).delete()
    assert not AuditEntry.objects.exists()
    everything_in_a_log(cast)
    Membership.objects.filter(team=cast.team).delete()
    cast.team.delete()
    assert not AuditEntry.objects.exists()
    assert not Story.objects.exists()


def test_a_moderator_who_goes_leaves_their_decisions_to_nobody(cast: Cast) -> None:
    story = everything_in_a_log(cast)
    before = list(story.audit_log.oldest_first().values_list("pk", "action", "message", "body", "undoes"))
    go(cast.moderator)
    after = story.audit_log.oldest_first()
    assert list(after.values_list("pk", "action", "message", "body", "undoes")) == before
    assert set(after.values_list("actor", flat=True)) == {cast.member.user_id, None}
    assert Report.objects.get().answer_id in {row[0] for row in before}


def test_what_a_reporter_wrote_goes_with_them_and_the_story_stays_where_moderators_find_it(cast: Cast) -> None:
    cast.team.change(by=cast.owner, set_aside_after=1)
    story = make_story(author=cast.member, moderator=cast.moderator)
    Report.make(Story.objects.get(pk=story.pk), by=cast.newcomer, reason="other", words="I doubt it.")
    go(cast.newcomer)
    assert not Report.objects.exists()
    assert list(Story.objects.of(cast.team).reported().values_list("pk", "state")) == [(story.pk, "aside")]


def test_nothing_of_others_goes_with_an_address_that_was_only_claimed(cast: Cast) -> None:
    victim, browser = cast.owner.user, Client()
    browser.post("/accounts/login/", {"login": victim.email, "password": PASSWORD})
    visitor = Client().session
    visitor["account_verified_email"] = victim.email
    visitor.save()
    elsewhere = make_member(team=make_team(), role="owner")
    Invitation.invite(by=elsewhere, emails=[victim.email], role="member")
    addresses = ContentType.objects.get_for_model(EmailAddress)
    theirs = EmailAddress.objects.get(user=victim)
    LogEntry.objects.create(
        user=cast.moderator.user, content_type=addresses, object_id=str(theirs.pk), object_repr=victim.email,
        action_flag=CHANGE,
    )  # fmt: skip
    EmailAddress.objects.create(user=cast.member.user, email=victim.email, verified=False)
    go(cast.member)
    assert browser.get("/harbour-team/people/").status_code == 200
    assert Session.objects.filter(session_key=visitor.session_key).exists()
    assert Invitation.objects.filter(email=victim.email).exists()
    assert LogEntry.objects.filter(object_repr=victim.email).exists()


def test_an_address_within_a_longer_one_is_another(cast: Cast) -> None:
    me = make_member(team=cast.team, name="Al", email="a@b.example")
    visitor = Client().session
    visitor["account_verified_email"] = "maria@b.example"
    visitor.save()
    LogEntry.objects.create(
        user=cast.owner.user, content_type=ContentType.objects.get_for_model(Team), object_id="1",
        object_repr="maria@b.example", action_flag=CHANGE,
    )  # fmt: skip
    for refused in ("maria@b.example", "a@b.example.org", "<a@b.example>"):
        DBTaskResult.objects.create(
            status="FAILED", args_kwargs={"args": [1], "kwargs": {}}, task_path="x", backend_name="default",
            run_after=timezone.now(), exception_class_path="x", traceback=f"refused: {refused}: no such user",
        )  # fmt: skip
    go(me)
    assert Session.objects.filter(session_key=visitor.session_key).exists()
    assert LogEntry.objects.filter(object_repr="maria@b.example").exists()
    complaints = DBTaskResult.objects.filter(status="FAILED").values_list("traceback", flat=True)
    assert sorted(complaint.split()[1] for complaint in complaints) == ["a@b.example.org:", "maria@b.example:"]


def test_somebody_elses_session_stays_whatever_it_says_of_them(cast: Cast) -> None:
    other = signed_in(cast.newcomer)
    session = other.session
    session["account_verified_email"] = cast.member.user.email
    session.save()
    go(cast.member)
    assert other.get("/harbour-team/").status_code == 200


def test_only_the_signature_remains_where_it_was_chosen(cast: Cast) -> None:
    me = leave_marks_everywhere(cast)
    go(me, {cast.team.pk: "named"})
    assert places_of(MARKS) == {"stories_story.signature"}
