"""Tests of a session whose key changes while its browser has several requests in progress."""

import threading

import pytest

from tests.hostile.target import Person, Reply, Target

pytestmark = pytest.mark.once

ROUNDS = 6
AT_ONCE = 6
COOKIE = "kindwall_session"


def ask_at_once(person: Person, number: int) -> list[Reply]:
    """Send pages and forms of one browser before the first response."""
    replies: list[Reply] = []
    barrier = threading.Barrier(number)

    def ask(place: int) -> None:
        barrier.wait()
        if place % 2:
            reply = person.get("/harbour/")
        else:
            fields = {"kind": "given", "qualities": "hope", "body": f"Written while a role changes, {place}."}
            reply = person.post("/harbour/share/", fields)
        # The browser takes the cookies in the order in which the responses arrive.
        replies.append(reply)
        if COOKIE in reply.cookies:
            person.cookies[COOKIE] = reply.cookies[COOKIE]

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def signed_out(reply: Reply) -> bool:
    return "/accounts/login/" in reply.headers.get("Location", "") or reply.status == 401


def test_role_that_changes_signs_no_request_out_and_loses_no_text(target: Target) -> None:
    target.installation.behind("member", who="rotated", name="Ro Tated")
    lost = []
    for number in range(ROUNDS):
        browser = target.person("rotated")
        first = browser.cookies[COOKIE]
        assert browser.get("/harbour/").status == 200
        target.installation.behind("change_role", who="rotated", role=("moderator", "member")[number % 2])
        replies = ask_at_once(browser, AT_ONCE)
        lost += [reply.status for reply in replies if signed_out(reply) or reply.status >= 400]
        assert browser.cookies[COOKIE] != first, "the key is another now"
        assert browser.get("/harbour/mine/").status == 200
    assert lost == []
    written = target.installation.behind("written", words="Written while a role changes")
    assert len(written) == ROUNDS * AT_ONCE // 2
