"""Tests of the measurements that the other hostile tests use."""

import pytest

from tests.hostile.target import Target

pytestmark = pytest.mark.once


def test_server_is_seen_with_its_memory_threads_and_health(target: Target) -> None:
    with target.watched() as watch:
        page = target.person("member").get("/harbour/")
        refused = target.visitor().get("/harbour/mine/")
    assert page.status == 200
    assert b"Sign out" in page.body or b"/accounts/logout/" in page.body
    assert refused.status == 302
    assert 10 << 20 < watch.memory < 200 << 20
    assert 1 < watch.threads < 40


def test_signed_in_person_can_send_a_form(target: Target) -> None:
    sent = target.person("member").post("/harbour/share/", {"body": "", "kind": ""})
    assert sent.status != 403
