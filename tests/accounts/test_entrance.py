"""Accounts: signing up, confirming an address, signing in, a forgotten password, and the home page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as installation
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.models import User
from kindwall import settings as product
from stories.models import Story
from tests.conftest import Cast, signed_in
from tests.factories import PASSWORD, make_member, make_team, make_user
from tests.pages import attribute, elements, ids, part, text_of, words

pytestmark = pytest.mark.once

LOGIN, SIGN_UP, RESET = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"
NEW = {"name": "Ana Ribeiro", "email": "Ana@Example.org", "password1": "a long way to say hello"}


def sign_in(client: Client, email: str, password: str = PASSWORD, where: str = LOGIN) -> HttpResponseBase:
    answer: HttpResponseBase = client.post(where, {"login": email, "password": password})
    return answer


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(rf"{installation.ORIGIN}(/\S+)", str(message.body))
    assert found, message.body
    return found[1]


def without_token(answer: HttpResponseBase) -> str:
    """Return the page without its tokens, and without the second in which it was drawn."""
    return re.sub(r'value="\w{64}"|"X-CSRFToken": "\w+"|nonce="[^"]+"|data-now="\d+"', "", text_of(answer))


# Signing up


def test_signing_up_asks_for_a_name_an_address_and_a_password(client: Client, db: None) -> None:
    names = [attribute(field, "name") for field in elements(text_of(client.get(SIGN_UP))) if field.name == "input"]
    assert [name for name in names if name and name != "csrfmiddlewaretoken"] == ["name", "email", "password1"]


def test_signing_up_leads_through_a_mail_to_the_front_door(client: Client, db: None) -> None:
    make_team()  # without one, the first person of all is asked for it
    answer = client.post(SIGN_UP, NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert signed_in_as(client) is None
    user = User.objects.get(email="ana@example.org")
    assert (user.name, user.email, user.is_staff) == ("Ana Ribeiro", "ana@example.org", False)
    assert user.password != NEW["password1"]
    [message] = mail.outbox
    assert message.to == ["ana@example.org"]
    page = client.get(link_in(message))
    if page.status_code == 200:
        page = client.post(link_in(message))
    assert page.status_code == 302
    assert signed_in_as(client) == str(user.pk)
    assert "ana@example.org" in words(part(client.get("/", follow=True), "main"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 81),
        ("email", ""),
        ("email", "ana"),
        ("email", "ana@example"),
        ("password1", ""),
        ("password1", "short"),
        ("password1", "password123"),
        ("password1", "12345678901"),
        ("password1", "ana@example.org"),
    ],
)
def test_missing_or_weak_field_shows_its_error_in_place(client: Client, db: None, field: str, value: str) -> None:
    answer = client.post(SIGN_UP, NEW | {field: value})
    assert answer.status_code in (200, 422)
    assert attribute(part(answer, f"id_{field}"), "aria-invalid") == "true"
    assert f"id_{field}_error" in ids(answer)
    if field != "name":
        assert attribute(part(answer, "id_name"), "value") == "Ana Ribeiro"
    assert not User.objects.exists()
    assert mail.outbox == []


def test_signing_up_does_not_tell_whose_address_is_known(client: Client, db: None) -> None:
    make_user(name="Ana Ribeiro", email="ana@example.org")
    known, unknown = client.post(SIGN_UP, NEW), Client().post(SIGN_UP, NEW | {"email": "new@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.filter(email="ana@example.org").count() == 1
    assert {message.to[0]: "confirm" in message.subject.lower() for message in mail.outbox} == {
        "ana@example.org": False,
        "new@example.org": True,
    }


# Signing in


def test_signing_in_by_address_leads_home(client: Client, cast: Cast) -> None:
    answer = sign_in(client, cast.member.user.email.upper())
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in_as(client) == str(cast.member.user_id)


def test_signing_in_leads_to_the_page_that_was_wanted(client: Client, cast: Cast, story: Story) -> None:
    wanted = f"/harbour-team/stories/{story.pk}/"
    asked = client.get(wanted)
    assert (asked.status_code, asked["Location"]) == (302, f"{LOGIN}?next={wanted}")
    answer = client.post(LOGIN, {"login": cast.member.user.email, "password": PASSWORD, "next": wanted}, follow=True)
    assert answer.redirect_chain[-1] == (wanted, 302)
    assert answer.status_code == 200


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(client: Client, cast: Cast, wanted: str) -> None:
    answer = client.post(LOGIN, {"login": cast.member.user.email, "password": PASSWORD, "next": wanted})
    assert answer["Location"] == "/"


def test_wrong_password_and_an_unknown_address_look_the_same(client: Client, cast: Cast) -> None:
    wrong = sign_in(client, cast.member.user.email, "not-the-password")
    unknown = sign_in(Client(), "nobody@example.org", "not-the-password")
    assert wrong.status_code == unknown.status_code in (200, 422)
    assert without_token(wrong).replace(cast.member.user.email, "") == without_token(unknown).replace(
        "nobody@example.org", ""
    )
    assert "password you specified are not correct" in words(part(wrong, "main"))
    assert signed_in_as(client) is None


def test_address_that_is_not_confirmed_is_not_let_in(client: Client, db: None) -> None:
    client.post(SIGN_UP, NEW)
    answer = sign_in(client, NEW["email"], NEW["password1"])
    assert answer["Location"] == "/accounts/confirm-email/"
    assert signed_in_as(client) is None


def test_person_who_was_put_out_is_not_let_in(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.member.user_id).update(is_active=False)
    sign_in(client, cast.member.user.email)
    assert signed_in_as(client) is None


def test_guessing_passwords_is_stopped_even_for_the_right_one(client: Client, cast: Cast) -> None:
    for _ in range(10):
        last = sign_in(client, cast.member.user.email, "not-the-password")
    assert "Too many failed login attempts" in words(part(last, "main"))
    sign_in(client, cast.member.user.email)
    assert signed_in_as(client) is None


def test_guessing_one_password_locks_nobody_else_out(client: Client, cast: Cast) -> None:
    for _ in range(10):
        sign_in(client, cast.member.user.email, "not-the-password")
    other = Client(REMOTE_ADDR="192.0.2.9")
    sign_in(other, cast.newcomer.user.email)
    assert signed_in_as(other) == str(cast.newcomer.user_id)


def test_signing_out_needs_a_press_and_ends_the_session(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/harbour-team/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/harbour-team/").status_code == 302


# Responses that do not reveal known addresses


class CountingHasher(MD5PasswordHasher):
    times = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).times += 1
        return super().encode(password, salt)


@pytest.fixture
def hashed(settings: Settings) -> Callable[[], int]:
    """Return how many passwords were hashed since the last call, which is what takes the time."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]

    def since() -> int:
        times, CountingHasher.times = CountingHasher.times, 0
        return times

    return since


def test_signing_in_takes_as_long_for_an_unknown_address(cast: Cast, hashed: Callable[[], int]) -> None:
    cast.member.user.set_password(PASSWORD)
    cast.member.user.save()
    hashed()
    sign_in(Client(), cast.member.user.email, "not-the-password")
    known = hashed()
    sign_in(Client(), "nobody@example.org", "not-the-password")
    assert known == hashed() == 1


def test_signing_up_takes_as_long_for_a_known_address(client: Client, db: None, hashed: Callable[[], int]) -> None:
    make_user(email="ana@example.org")
    hashed()
    client.post(SIGN_UP, NEW)
    known = hashed()
    Client().post(SIGN_UP, NEW | {"email": "new@example.org"})
    assert known == hashed() == 1


def test_known_address_gets_a_mail_that_helps_and_changes_nothing(client: Client, db: None) -> None:
    ana = make_user(email="ana@example.org")
    client.post(SIGN_UP, NEW | {"name": "Somebody Else"})
    [message] = mail.outbox
    assert message.subject.startswith("You have an account at ")
    ana.refresh_from_db()
    assert ana.name == "Somebody"
    assert ana.check_password(PASSWORD)


def test_signing_in_is_limited_person_who_is_tried(client: Client, db: None) -> None:
    answers = [sign_in(client, f"person{number}@example.org", "a guess") for number in range(31)]
    assert {answer.status_code for answer in answers[:10]} == {200}
    assert answers[-1].status_code == 429
    assert "send it again in a minute" in words(part(answers[-1], "main"))
    assert attribute(part(answers[-1], "id_login"), "value") == "person30@example.org"
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9"), "person@example.org", "a guess").status_code == 200


def test_made_up_people_do_not_push_the_limits_out(cast: Cast) -> None:
    def guess(number: int) -> str:
        return text_of(sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), cast.member.user.email, "a guess"))

    assert "Too many" in [guess(number) for number in range(6)][-1]
    for number in range(1_000):
        cache.set(f"of-somebody-made-up-{number}", [0.0], 300)
    assert "Too many" in guess(7)


@pytest.mark.parametrize("known", [True, False])
def test_links_in_mails_begin_with_our_address_by_whichever_name_person_came(
    client: Client, cast: Cast, settings: Settings, known: bool
) -> None:
    settings.ORIGIN, settings.ALLOWED_HOSTS = "https://wall.example.org", ["wall.example.org", "old.example.org"]
    address = cast.member.user.email if known else "nobody@example.org"
    for where, sent in ((RESET, {"email": address}), (SIGN_UP, NEW | {"email": address})):
        client.post(where, sent, headers={"Host": "old.example.org"})
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert "https://wall.example.org/accounts/" in message.body
        assert "old.example.org" not in message.subject + str(message.body)


def test_signing_up_is_limited(client: Client, db: None) -> None:
    answers = [client.post(SIGN_UP, NEW | {"email": f"new{number}@example.org"}) for number in range(21)]
    assert answers[0].status_code == 302
    refused = answers[-1]
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "send it again in a minute" in words(part(refused, "main"))
    assert attribute(part(refused, "id_name"), "value") == NEW["name"]
    assert attribute(part(refused, "id_email"), "value") == "new20@example.org"
    assert NEW["password1"] not in text_of(refused)
    assert User.objects.count() == 20


def test_asking_for_a_new_password_is_limited_for_each_address(cast: Cast) -> None:
    for number in range(8):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(RESET, {"email": cast.member.user.email})
    assert len(mail.outbox) == 5


# A forgotten password


def test_forgotten_password_is_set_anew_by_mail(client: Client, cast: Cast) -> None:
    assert client.post(RESET, {"email": cast.member.user.email})["Location"] == "/accounts/password/reset/done/"
    [message] = mail.outbox
    assert message.to == [cast.member.user.email]
    form = client.get(link_in(message), follow=True)
    where = form.redirect_chain[-1][0] if form.redirect_chain else link_in(message)
    new = "an entirely new sentence"
    assert client.post(where, {"password1": new, "password2": new}).status_code == 302
    fresh = Client()
    sign_in(fresh, cast.member.user.email)
    assert signed_in_as(fresh) is None
    sign_in(fresh, cast.member.user.email, new)
    assert signed_in_as(fresh) == str(cast.member.user_id)
    used = Client().get(link_in(message), follow=True)
    assert "password1" not in text_of(used), "a link works once"


def test_reset_does_not_tell_whose_address_is_known(client: Client, cast: Cast) -> None:
    known = client.post(RESET, {"email": cast.member.user.email}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@example.org"}, follow=True)
    assert without_token(known) == without_token(unknown)
    assert not re.search(
        r"/accounts/password/reset/key/",
        "".join(str(message.body) for message in mail.outbox if message.to == ["nobody@example.org"]),
    )


# Pages about mail


@pytest.mark.parametrize("path", ["/accounts/confirm-email/", "/accounts/password/reset/done/"])
@pytest.mark.parametrize("local", [True, False])
def test_visitor_is_not_told_of_a_folder_of_the_server(
    client: Client, db: None, settings: Settings, path: str, local: bool
) -> None:
    settings.MAIL_DIR, settings.LOCAL, settings.MAIL_URL = Path("/somewhere/mail"), local, ""
    page = client.get(path)
    assert "/somewhere/mail" not in text_of(page)
    assert "cannot send mail at the moment" in words(part(page, "main"))
    settings.MAIL_URL = "smtp://mail.example.org"
    page = client.get(path)
    assert "cannot send mail" not in text_of(page)
    assert "Check your mail." in words(part(page, "main"))


def test_operator_alone_reads_where_mail_is_without_a_mail_server(cast: Cast, settings: Settings) -> None:
    settings.MAIL_DIR, settings.MAIL_URL = Path("/somewhere/mail"), ""
    page = signed_in(cast.member).get("/accounts/email/")
    assert "/somewhere/mail" not in text_of(page)
    User.objects.filter(pk=cast.member.user_id).update(is_superuser=True)
    assert "/somewhere/mail" in words(part(signed_in(cast.member).get("/accounts/email/"), "main"))


# The home page


def test_visitor_is_welcomed_and_reads_nobodys_story(client: Client, cast: Cast, story: Story) -> None:
    page = client.get("/")
    assert page.status_code == 200
    links = {attribute(element, "href") for element in elements(text_of(page)) if element.name == "a"}
    assert {LOGIN, SIGN_UP} <= links
    assert "Held the door, and my tongue." not in text_of(page)
    assert "Mia Member" not in text_of(page)


def test_person_in_one_team_is_led_to_its_wall(cast: Cast) -> None:
    answer = signed_in(cast.member).get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/harbour-team/")


def test_person_in_several_teams_chooses(cast: Cast) -> None:
    cast.foreign_owner.team.memberships.create(user=cast.member.user)
    page = signed_in(cast.member).get("/")
    choices = {attribute(link, "href"): words(link) for link in elements(text_of(page)) if link.name == "a"}
    assert choices["/harbour-team/"] == "Harbour"
    assert choices["/elsewhere/"] == "Elsewhere"


def test_person_in_no_team_reads_whom_to_ask_and_shown_none(cast: Cast) -> None:
    page = signed_in(cast.stranger).get("/")
    assert cast.stranger.email in words(part(page, "main"))
    assert "Harbour" not in text_of(page)
    assert "Elsewhere" not in text_of(page)


# People and teams


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ana Ribeiro", "AR"), ("ana", "A"), ("Ana Maria de Ribeiro", "AR"), ("", "P"), ("日本 太郎", "日太")],
)
def test_avatar_shows_one_or_two_letters(db: None, name: str, initials: str) -> None:
    assert make_user(name=name).initials == initials


@pytest.mark.parametrize(("role", "moderates"), [("member", False), ("moderator", True), ("owner", True)])
def test_each_role_can_do_what_the_one_before_it_can(db: None, role: str, moderates: bool) -> None:
    assert make_member(team=make_team(), role=role).may_moderate is moderates


def test_team_cannot_take_an_address_of_the_installation(db: None) -> None:
    from django.core.exceptions import ValidationError
    from django.urls import get_resolver

    words_of_ours = {str(pattern.pattern).split("/")[0] for pattern in get_resolver().url_patterns}
    fixed = {word for word in words_of_ours - {"", "<slug:team>"} if "." not in word}
    assert {"healthz", "admin", "accounts"} <= fixed
    for slug in (*fixed, "static"):
        team = make_team(slug=f"fine-{slug}")
        team.full_clean()
        team.slug = slug
        with pytest.raises(ValidationError, match="needed for Kindwall itself"):
            team.full_clean()


# While the mail server is away


@pytest.fixture
def on_rows(settings: Settings) -> None:
    """Store tasks without running them, as in production."""
    settings.TASKS, settings.MAIL_URL = product.TASKS, "smtp://mail.example.org"


def test_pages_say_that_a_mail_is_on_its_way_and_not_that_it_was_sent(client: Client, db: None, on_rows: None) -> None:
    page = client.post(SIGN_UP, NEW, follow=True)
    assert "A mail to ana@example.org is on its way." in words(part(page, "toasts"))
    for said in (words(part(page, "main")), words(part(client.get(f"{RESET}done/"), "main"))):
        assert "on its way" in said
        assert "have sent" not in said
        assert "half an hour" in said
    assert mail.outbox == []


def test_whether_an_address_is_known_is_not_told_by_what_is_stored_for_the_task(cast: Cast, on_rows: None) -> None:
    for form, field in ((SIGN_UP, NEW), (RESET, {})):
        seen = []
        for email in (cast.member.user.email, "nobody@example.org"):
            with CaptureQueriesContext(connection) as queries:
                page = Client().post(form, field | {"email": email}, follow=True)
            kept = [query["sql"] for query in queries if "outgoingmail" in query["sql"]]
            seen.append((page.redirect_chain, without_token(page).replace(email, ""), len(kept)))
        assert seen[0] == seen[1]
        assert seen[0][2] == 1
