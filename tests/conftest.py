"""The cast: an owner, two moderators, a member and a newcomer of one team, and a stranger to it."""

import gc
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management.color import Style
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.template.base import PartialTemplate, Template
from django.test import Client

from accounts.models import Membership, Team, User
from stories.live import hub
from stories.models import Story
from stories.search.names import author_names
from stories.wall import shared_page_at
from syndication.wall_feed import feed_at
from tests.factories import PASSWORD, make_members, make_session, make_story, make_team, make_user
from tests.prepared import copy_database, migrated_database, shared_folder, template_database

# By the name of the file; written by scripts/measured_seconds.py.
SECONDS: dict[str, float] = json.loads(Path(__file__).with_name("seconds.json").read_text())
ONCE = re.compile(r"^pytestmark = .*\bpytest\.mark\.once\b", re.MULTILINE)
WITH_A_SERVER = ("journeys", "hostile")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """On another database, leave out the files of which nothing runs there: to read them takes long."""
    asked_for = {Path(argument.partition("::")[0]).resolve() for argument in config.args}
    if not config.option.markexpr.startswith("not once") or collection_path in asked_for:
        return None
    return True if collection_path.suffix == ".py" and ONCE.search(collection_path.read_text()) else None


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    database = item.get_closest_marker("django_db")
    if item.get_closest_marker("mostly_once") and not (database and database.kwargs.get("transaction")):
        item.add_marker("once")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first: the workers then end at about the same time.

    The folders with a server of their own come before all others, one after the other, so that a worker starts each
    server and the browser once.
    """

    def place_in_line(item: pytest.Item) -> tuple[int, float]:
        folder = item.path.parent.name
        place = WITH_A_SERVER.index(folder) if folder in WITH_A_SERVER else len(WITH_A_SERVER)
        return place, -SECONDS.get(item.path.name, 0)

    items.sort(key=place_in_line)


def pytest_collection_finish() -> None:
    """Collect garbage rarely: what is there by now stays, and to walk through it again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close the connections of threads that are over: their database goes after the last test."""
    if nextitem is None:
        gc.collect()


@dataclass(frozen=True)
class Cast:
    team: Team
    owner: Membership
    moderator: Membership
    second_moderator: Membership
    member: Membership
    newcomer: Membership
    stranger: User
    foreign_owner: Membership


def make_cast() -> Cast:
    team, other = make_team(name="Harbour", slug="harbour-team"), make_team(name="Elsewhere", slug="elsewhere")
    stranger = make_user(name="Sté Stranger")
    owner, moderator, second, member, newcomer, foreign_owner = make_members(
        (team, "Olu Owner", "owner"),
        (team, "Mo Moderator", "moderator"),
        (team, "Sam Second", "moderator"),
        (team, "Mia Member", "member"),
        (team, "Nia Newcomer", "member"),
        (other, "Fay Foreign", "owner"),
    )
    return Cast(team, owner, moderator, second, member, newcomer, stranger, foreign_owner)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def story(cast: Cast) -> Story:
    """Mia's, on the wall."""
    return make_story(author=cast.member, moderator=cast.moderator)


@pytest.fixture
def pending(cast: Cast) -> Story:
    """Mia's, waiting for a moderator."""
    return make_story(author=cast.member, state="pending")


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> bool:
    """Let each of several workers begin with a copy of one migrated database instead of migrating its own."""
    if not hasattr(request.config, "workerinput"):
        return bool(request.config.getvalue("reuse_db"))
    if connection.vendor != "sqlite":
        folder = shared_folder(tmp_path_factory.getbasetemp())
        connection.settings_dict["TEST"]["TEMPLATE"] = template_database(folder, os.environ["DATABASE_URL"])
        return False
    migrated = migrated_database(shared_folder(tmp_path_factory.getbasetemp()))
    copy_database(migrated, Path(connection.settings_dict["TEST"]["NAME"]))
    return True  # until the folder of the settings goes


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    forget()
    yield
    cache.clear()


def forget() -> None:
    """Rate limits live in the cache, and drawn pages in memory: both outlive a test, and its numbering begins anew."""
    cache.clear()
    shared_page_at.cache_clear()
    author_names.cache_clear()
    feed_at.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def only_what_was_filled_is_emptied() -> Iterator[None]:
    """After a test with transactions of its own Django empties all tables, then writes all types and permissions anew.

    That takes longer than most of these tests, most of all on PostgreSQL, which makes a new file for each table. Few
    tables have rows, and those of types and permissions are never changed here, and may stay as they are.
    """

    def statements(style: Style, connection: BaseDatabaseWrapper, **options: bool) -> list[str]:
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
        tables -= {"django_content_type", "auth_permission"}
        filled = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(filled))
            return [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", statements)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_arguments: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_is_done_in_vain(django_test_environment: None) -> Iterator[None]:
    """Leave out what costs much time and proves nothing here.

    Django notes of each template what it was given, for tests that look there; these look at the page. And a hub that
    starts sees to the memory of its process, as `pytest_collection_finish` has done.
    """
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Template, PartialTemplate):
            patch.setattr(kind, "_render", lambda template, context: template.nodelist.render(context))
        patch.setattr(hub, "calm_garbage_collection", lambda: None)
        yield


@pytest.fixture(autouse=True)
def stories_go_before_their_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """A database that is emptied table by table would refuse to lose the audit log; it goes with its stories."""
    marker = request.node.get_closest_marker("django_db")
    emptied = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if emptied:
        request.getfixturevalue("transactional_db")
    yield
    if emptied:
        Story.objects.all().delete()


def signed_in(person: Membership | User | None, *, enforce_csrf_checks: bool = False) -> Client:
    """A browser of this person's; of nobody's for None. Who has a second factor has shown it."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    if person is not None:
        user = person.user if isinstance(person, Membership) else person
        client.cookies[settings.SESSION_COOKIE_NAME] = make_session(user)
    return client


def confirmed(person: Membership | User) -> Client:
    """A browser in which this person has given their password a moment ago."""
    client = signed_in(person)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client
