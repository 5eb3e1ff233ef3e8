"""Tests that nothing of a deleted person remains, and that everything of other people does."""

import json
from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import DepartureChoice, Invitation, JoinLink, Membership, Reason, Team, TeamEntry, User
from accounts.models.reason import ReasonLetter
from archives.models import Export
from kindwall import clock
from stories.append_only import FORGETTABLE
from stories.counters import drifted
from stories.models import Assignment, AuditEntry, ModeratorNote, ReactionKind, Report, State, Story, StoryText
from tests.archives.account_deletions import delete_now
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_draft, make_edit, make_member, make_story, make_team

MARKS = ("Zebedee", "zebedee@example.org", "zeb-private@example.org")


def make_marked_person(cast: Cast) -> Membership:
    """Make a person with a unique name who has used every feature."""
    me = make_member(team=cast.team, name=MARKS[0], email=MARKS[1], role="moderator")
    client = Client()
    client.post("/accounts/login/", {"login": MARKS[1], "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    address = EmailAddress.objects.create(user=me.user, email=MARKS[2], verified=True)
    EmailConfirmation.objects.create(email_address=address, key="zebedee-key")
    SocialAccount.objects.create(user=me.user, provider="oidc", uid="Zebedee-1", extra_data={"name": MARKS[0]})
    Authenticator.objects.create(user=me.user, type="totp", data={"secret": "Zebedee"})
    me.user.set_picture(b"Zebedee")
    DepartureChoice.choose(me.user, cast.team, "unnamed")
    write_marked_stories(cast, me)
    write_marked_team_rows(cast, me)
    write_marked_logs(cast, me, address)
    return me


def write_marked_stories(cast: Cast, me: Membership) -> None:
    mine = make_draft(author=me, body="A first line by Zebedee.")
    mine.submit(by=me)
    with clock.at(timezone.now() - timedelta(minutes=1)):
        mine.return_for_change(
            by=cast.moderator, revision=mine.revision, message="Dear Zebedee, whom do you mean?", saw="I see Zebedee.",
            reason="Zebedee", next_step="Zebedee sends it again.", talk_to="Anybody Zebedee likes",
        )  # fmt: skip
    mine.revise(by=me, revision=mine.revision, text=StoryText("given", ["love"], "A line."))
    mine.submit(by=me)
    mine.publish(by=cast.moderator, revision=mine.revision)
    Report.make(mine, by=cast.member, reason="named", words="This is about Zebedee.")
    ModeratorNote.write(mine, by=cast.moderator, text="I rang Zebedee.")
    Assignment.assign(mine, by=cast.moderator, to=cast.owner, note="You know Zebedee.")
    make_edit(mine, author=me, body="A line, and Zebedee.")
    for state in State:
        stays = state in ("published", "aside", "accepted")
        make_story(author=me, moderator=cast.moderator, state=state, body="Words." if stays else MARKS[0])
    Report.make(theirs := make_story(author=cast.member, moderator=me), by=me, reason="other", words="Says Zebedee.")
    Reason.save_own(ReasonLetter("Yours, Zebedee", "Zebedee"), by=me)
    theirs.toggle_uplift(by=me)
    theirs.toggle_reaction(ReactionKind.SEE, by=me)


def write_marked_team_rows(cast: Cast, me: Membership) -> None:
    JoinLink.make(by=cast.owner, role="member", expires_at=None, most_uses=None)
    JoinLink.objects.update(made_by=me.user)
    for email, by in ((MARKS[2], cast.owner), (MARKS[1], me), ("other@example.org", me)):
        Invitation.objects.create(team=cast.team, email=email, invited_by=by.user, expires_at=timezone.now())
    TeamEntry.write(cast.team, me.user, TeamEntry.Action.JOIN)
    TeamEntry.write(cast.team, cast.owner.user, TeamEntry.Action.ROLE, subject=me.user)


def write_marked_logs(cast: Cast, me: Membership, address: EmailAddress) -> None:
    users, addresses = (ContentType.objects.get_for_model(model) for model in (User, EmailAddress))
    for content_type, pk, text in ((users, me.user_id, MARKS[0]), (addresses, address.pk, f"{MARKS[2]} (Zebedee)")):
        LogEntry.objects.create(
            user=cast.owner.user, content_type=content_type, object_id=str(pk), object_repr=text, action_flag=CHANGE
        )
    LogEntry.objects.create(user=me.user, content_type=users, object_id="1", object_repr="x", action_flag=CHANGE)
    export, _new = Export.request(me.user, None, "kindwall-zebedee.zip")
    export.parts.create(number=0, data=b"Zebedee")
    # A packed archive is compressed, so that a search finds nothing in it; the test checks that it is deleted.
    Export.request(cast.owner.user, cast.team, "harbour.zip")
    DBTaskResult.objects.create(
        status="FAILED", args_kwargs={"args": [1], "kwargs": {}}, task_path="x", backend_name="default",
        run_after=timezone.now(), exception_class_path="x", traceback=f"refused: {MARKS[1]}",
    )  # fmt: skip
    visitor = Client().session
    visitor["account_verified_email"] = MARKS[2]
    visitor.save()


def columns_with(marks: tuple[str, ...]) -> set[str]:
    """Return every column of every table, and “session”, that contains one of these texts."""
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


def test_no_column_contains_the_deleted_person(cast: Cast) -> None:
    me = make_marked_person(cast)
    before = columns_with(MARKS)
    # The search finds every column at first; otherwise finding nothing later would prove nothing.
    assert before >= {
        "accounts_user.name", "accounts_user.email", "account_emailaddress.email", "account_emailconfirmation.key",
        "socialaccount_socialaccount.extra_data", "mfa_authenticator.data", "accounts_picture.webp",
        "stories_story.body", "stories_auditentry.body", "stories_auditentry.message", "stories_auditentry.saw",
        "stories_auditentry.reason", "stories_auditentry.next_step", "stories_auditentry.talk_to",
        "stories_report.words", "stories_moderatornote.text", "stories_assignment.note",
        "accounts_reason.words", "accounts_invitation.email",
        "django_admin_log.object_repr", "archives_export.name", "archives_exportpart.data",
        f"{DBTaskResult._meta.db_table}.traceback", "session",
    }  # fmt: skip
    number = me.user_id
    stays = Story.objects.filter(author=me.user, state__in=["published", "aside"])
    assert stays.count() == 4
    log = AuditEntry.objects.filter(story__in=list(stays))
    done = list(log.order_by("pk").values_list("pk", "action", "from_state", "to_state", "created_at"))
    delete_now(me, {cast.team.pk: "unnamed"})
    assert columns_with(MARKS) == set()
    assert not Export.objects.exists()
    assert Story.objects.filter(author=None).count() == 4
    # The log of a story that stays has all its rows, with actions and moderators, and none of its texts.
    log = AuditEntry.objects.filter(story__author=None)
    assert list(log.order_by("pk").values_list("pk", "action", "from_state", "to_state", "created_at")) == done
    assert set(log.values_list(*FORGETTABLE)) == {("",) * len(FORGETTABLE)}
    assert set(log.exclude(action="aside").values_list("actor", flat=True)) == {None, cast.moderator.user_id}
    assert set(Report.objects.values_list("reason", "words")) == {("named", "")}
    assert not list(drifted(Story.objects.all()))
    held = [session.get_decoded() for session in Session.objects.all()]
    assert str(number) not in {session.get("_auth_user_id") for session in held}
    # Rows of other people are still there.
    assert Invitation.objects.filter(email="other@example.org").exists()
    assert TeamEntry.objects.filter(action="leave", actor=None).exists()


def make_story_with_a_full_log(cast: Cast) -> Story:
    """Make a story with a published edit, an undone decision and a closed report."""
    story = make_story(author=cast.member, moderator=cast.moderator)
    make_edit(story, author=cast.member, moderator=cast.moderator)
    story.refresh_from_db()
    story.remove(by=cast.moderator, revision=story.revision, message="By mistake.")
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    Report.make(story, by=cast.newcomer, reason="other")
    story.dismiss_reports(by=cast.moderator, revision=story.revision)
    assert Report.objects.get().decision is not None
    return story


def test_log_is_deleted_with_its_story_and_its_team(cast: Cast) -> None:
    """Only the database's own cascades may delete entries of the log."""
    make_story_with_a_full_log(cast).delete()
    assert not AuditEntry.objects.exists()
    make_story_with_a_full_log(cast)
    Membership.objects.filter(team=cast.team).delete()
    cast.team.delete()
    assert not AuditEntry.objects.exists()
    assert not Story.objects.exists()


def test_decisions_of_a_deleted_moderator_stay_without_an_actor(cast: Cast) -> None:
    story = make_story_with_a_full_log(cast)
    before = list(story.audit_log.oldest_first().values_list("pk", "action", "message", "body", "undoes"))
    delete_now(cast.moderator)
    after = story.audit_log.oldest_first()
    assert list(after.values_list("pk", "action", "message", "body", "undoes")) == before
    assert set(after.values_list("actor", flat=True)) == {cast.member.user_id, None}
    assert Report.objects.get().decision_id in {row[0] for row in before}


def test_report_of_a_deleted_person_is_deleted_and_the_story_stays_hidden(cast: Cast) -> None:
    cast.team.change(by=cast.owner, set_aside_after=1)
    story = make_story(author=cast.member, moderator=cast.moderator)
    Report.make(Story.objects.get(pk=story.pk), by=cast.newcomer, reason="other", words="I doubt it.")
    delete_now(cast.newcomer)
    assert not Report.objects.exists()
    assert list(Story.objects.of(cast.team).reported().values_list("pk", "state")) == [(story.pk, "aside")]


def test_rows_of_others_stay_when_the_deleted_person_only_claimed_their_address(cast: Cast) -> None:
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
    delete_now(cast.member)
    assert browser.get("/harbour-team/people/").status_code == 200
    assert Session.objects.filter(session_key=visitor.session_key).exists()
    assert Invitation.objects.filter(email=victim.email).exists()
    assert LogEntry.objects.filter(object_repr=victim.email).exists()


def test_rows_with_a_longer_address_stay(cast: Cast) -> None:
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
    delete_now(me)
    assert Session.objects.filter(session_key=visitor.session_key).exists()
    assert LogEntry.objects.filter(object_repr="maria@b.example").exists()
    complaints = DBTaskResult.objects.filter(status="FAILED").values_list("traceback", flat=True)
    assert sorted(complaint.split()[1] for complaint in complaints) == ["a@b.example.org:", "maria@b.example:"]


def test_session_of_another_person_stays_although_it_names_the_deleted_one(cast: Cast) -> None:
    other = signed_in(cast.newcomer)
    session = other.session
    session["account_verified_email"] = cast.member.user.email
    session.save()
    delete_now(cast.member)
    assert other.get("/harbour-team/").status_code == 200


def test_only_the_chosen_signature_remains(cast: Cast) -> None:
    me = make_marked_person(cast)
    delete_now(me, {cast.team.pk: "named"})
    assert columns_with(MARKS) == {"stories_story.signature"}
