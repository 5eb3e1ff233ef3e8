"""The register of the ways out of the server: a new event, stream, task, mail, channel or command is named here.

An address and a parameter are named in test_no_leak.py, which reads what leaves by each way.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.tasks.base import Task
from django.template.loader import get_template

from kindwall.bridge import StreamResponse
from stories.live import hub as live
from stories.models import OutboxEvent
from syndication.senders import senders
from tests.stories.command_output import COMMANDS
from tests.stories.hidden_world import CHANNELS as CONNECTED

pytestmark = pytest.mark.once

OURS = ("kindwall", "accounts", "stories", "moderation", "notices", "syndication", "archives")


def test_every_kind_of_event_is_known_here() -> None:
    """`card` and `back` carry a story, which has to be on the wall; the others say its number."""
    assert set(OutboxEvent.Kind.values) == {"card", "back", "gone", "counts"}


def test_every_stream_is_known_here() -> None:
    """One more needs a channel in test_no_leak.py, as what it sends is in no page."""
    import_module(settings.ROOT_URLCONF)

    def kinds(base: type[StreamResponse]) -> Iterator[type[StreamResponse]]:
        for kind in base.__subclasses__():
            yield kind
            yield from kinds(kind)

    assert {kind for kind in kinds(StreamResponse) if kind.__module__.startswith(OURS)} == {live.LiveResponse}


def test_every_task_is_known_here() -> None:
    """A task's row says ids alone; one about a story is to look, when it runs, whether the story still hangs."""
    found = set()
    for app in apps.get_app_configs():
        if app.name in OURS and (Path(app.path) / "tasks.py").exists():
            module = import_module(f"{app.name}.tasks")
            found |= {f"{app.name}.{name}" for name, thing in vars(module).items() if isinstance(thing, Task)}
    known = {
        "kindwall.clean_up",
        "kindwall.send_sealed",
        "accounts.send_invitation",
        "archives.pack_export",
        "archives.mail_export_ready",
        "archives.mail_deletion_asked",
        "archives.delete_account",
        "notices.enqueue_digests",
        "notices.enqueue_gathered_mails",
        "notices.mail_digest",
        "notices.mail_gathered_notices",
        "notices.mail_new_notices",
        "notices.mail_notice",
        "notices.prune_notices",
        "notices.send_overdue_notices",
        "archives.delete_due_accounts",
        "stories.announce_settled",
        "stories.call_listener",
        "stories.merge_wall_counts",
        "syndication.delete_old_deliveries",
        "syndication.record_weekly_counts",
        "syndication.send_delivery",
    }
    assert found == known, f"tests/stories/test_leak_register.py: name {found ^ known} here, if it reveals nothing."
    written = [path for name in OURS for path in (Path(settings.BASE_DIR) / name).rglob("*.py")]
    elsewhere = [
        path
        for path in written
        if path.name != "tasks.py" and re.search(r"(?m)^@(mail_task|task|partial\(mail_task)\b", path.read_text())
    ]
    assert elsewhere == []


def test_every_mail_is_known_here() -> None:
    """None of them tells of a story."""
    root = Path(settings.BASE_DIR) / "templates"
    texts = [*root.glob("**/mail/*"), *root.glob("**/email/*")]
    # While texts are collected for translation, files that end in .py lie beside them.
    found = {str(path.relative_to(root)) for path in texts if path.suffix != ".py"}
    known = {
        "accounts/mail/account_changed_message.txt",
        "accounts/mail/account_changed_subject.txt",
        "accounts/mail/account_exists_message.txt",
        "accounts/mail/account_exists_subject.txt",
        "accounts/mail/confirm_address_message.txt",
        "accounts/mail/confirm_address_subject.txt",
        "accounts/mail/invitation_message.txt",
        "accounts/mail/invitation_subject.txt",
        "accounts/mail/new_password_message.txt",
        "accounts/mail/new_password_subject.txt",
        "accounts/mail/no_account_message.txt",
        "accounts/mail/no_account_subject.txt",
        "archives/mail/deletion_asked_message.txt",
        "archives/mail/deletion_asked_subject.txt",
        "archives/mail/deletion_done_message.txt",
        "archives/mail/deletion_done_subject.txt",
        "archives/mail/export_ready_message.txt",
        "archives/mail/export_ready_subject.txt",
        "notices/mail/notices_message.txt",
        "notices/mail/notices_subject.txt",
        "notices/mail/wall_digest_message.txt",
        "notices/mail/wall_digest_subject.txt",
        "mail/layout.html",
        "mail/layout.txt",
    }
    assert found == known, f"tests/stories/test_leak_register.py: name {found ^ known} here, if it tells of no story."
    for name in found:
        assert get_template(name)
        if "wall_digest" in name:  # it quotes stories that are published when it is sent
            continue
        said_in_it = re.sub(r'"[^"]*"', "", (root / name).read_text())
        assert not re.search(r"{[{%][^}%]*\bstor(y|ies)\b", said_in_it), name


def test_every_kind_of_channel_is_known_here() -> None:
    """Its requests are read in test_no_leak.py, from a channel that CHANNELS (tests/stories/hidden_world.py) names."""
    assert senders.keys() == CONNECTED.keys()


def test_every_command_is_known_here() -> None:
    assert {name for name, app in get_commands().items() if app in OURS} == COMMANDS.keys()
