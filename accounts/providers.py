"""Requests to the providers that people sign in with: limits on a response, and refusal of a broken one.

allauth takes every response for a valid one. Errors that a broken one raises there become refusals here.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.microsoft.views import MicrosoftGraphOAuth2Adapter
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest

from accounts.claims import UNREADABLE_CLAIMS, UnusableClaims

MOST_RESPONSE_BYTES = 1 << 20  # of one answer, unpacked; the largest that is needed, a list of keys, has a few thousand
LONGEST_RESPONSE = 20.0  # seconds for one answer
AT_A_TIME = 64 << 10

# Raised by allauth when a response has another shape than it expects.
PARSE_ERRORS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class Session(requests.Session):
    """Reads a response up to a number of bytes and seconds."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.timeout = timeout

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        until = time.monotonic() + LONGEST_RESPONSE
        response = super().request(*args, **kwargs | {"timeout": self.timeout, "stream": True})
        content = b""
        with response:
            for part in response.iter_content(AT_A_TIME):
                content += part
                if len(content) > MOST_RESPONSE_BYTES or time.monotonic() > until:
                    raise requests.RequestException("the answer is too long, or takes too long")
        response._content = content
        return response


@contextmanager
def refuse_broken_responses() -> Iterator[None]:
    """Raise UnusableClaims where the code within fails at a provider's response."""
    try:
        yield
    except PARSE_ERRORS as error:
        # Not the error's own words: they may hold what was sent.
        raise UnusableClaims(UNREADABLE_CLAIMS, f"reading it raised {type(error).__name__}") from error


class CheckedResponses:
    """Refuses broken responses in the methods of allauth's adapters that read them."""

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        with refuse_broken_responses():
            return super().get_access_token_data(*args, **kwargs)  # type: ignore[misc]

    def parse_token(self, data: Any) -> Any:
        with refuse_broken_responses():
            return super().parse_token(data)  # type: ignore[misc]

    def complete_login(self, *args: Any, **kwargs: Any) -> Any:
        with refuse_broken_responses():
            return super().complete_login(*args, **kwargs)  # type: ignore[misc]


class OpenIDConnect(CheckedResponses, OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, "oidc")


class Google(CheckedResponses, GoogleOAuth2Adapter):  # type: ignore[misc]
    pass


class Microsoft(CheckedResponses, MicrosoftGraphOAuth2Adapter):  # type: ignore[misc]
    pass


class GitHub(CheckedResponses, GitHubOAuth2Adapter):  # type: ignore[misc]
    pass
