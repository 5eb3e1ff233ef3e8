"""A form from before a sign-in has an old token, and gives its words back."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from tests.conftest import Cast, signed_in
from tests.pages import part, text_of, value
from tests.stories.composing import SHARE, only_story, typed

pytestmark = pytest.mark.once


def stale(client: Client, path: str, data: dict[str, Any], headers: dict[str, str]) -> HttpResponseBase:
    answer: HttpResponseBase = client.post(path, data, headers=headers)
    assert answer.status_code == 403
    return answer


SAME = [
    {"Origin": "http://testserver"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
]
OTHER = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Referer": "https://evil.example/form"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", SAME, ids=json.dumps)
def test_a_form_with_an_old_token_gives_the_words_back_to_send_again(cast: Cast, headers: dict[str, str]) -> None:
    client = signed_in(cast.member, enforce_csrf_checks=True)
    data = typed(body="Words <of> mine.", csrfmiddlewaretoken="x" * 64)
    page = stale(client, SHARE, data, headers)
    assert value(part(page, "typed-body")) == "Words <of> mine."
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text_of(page))
    again = dict(fields) | {"body": "Words <of> mine.", "action": "submit"}
    assert client.post(SHARE, again, headers=headers).status_code == 302
    assert (only_story().body, only_story().state) == ("Words <of> mine.", "pending")


@pytest.mark.parametrize("headers", OTHER, ids=json.dumps)
def test_a_form_from_another_site_is_not_given_back(cast: Cast, headers: dict[str, str]) -> None:
    client = signed_in(cast.member, enforce_csrf_checks=True)
    page = stale(client, SHARE, typed(body="Words of an attacker."), headers)
    assert "Words of an attacker." not in text_of(page)


def test_an_old_form_never_gives_a_password_back(cast: Cast) -> None:
    client = signed_in(None, enforce_csrf_checks=True)
    data = {"login": cast.member.user.email, "password": "hunter2-hunter2", "password1": "hunter3-hunter3"}
    page = stale(client, "/accounts/login/", data, SAME[0])
    assert "hunter" not in text_of(page)
