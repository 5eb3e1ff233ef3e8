"""A receiver of webhooks that takes the place of every server outside."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kindwall.outbound import OutboundResponse, Unreachable


@dataclass(frozen=True)
class Received:
    method: str
    address: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload


@dataclass
class Receiver:
    """Records every request. `status` is its response, or the exception that is raised instead."""

    status: int | Unreachable = 204
    text: str = ""
    received: list[Received] = field(default_factory=list)
    hear: Callable[[], None] = lambda: None  # called before it responds

    def send(
        self, method: str, address: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> OutboundResponse:
        self.received.append(Received(method, address, body, headers or {}))
        status = self.status
        self.hear()
        if isinstance(status, Unreachable):
            raise status
        return OutboundResponse(status, {}, self.text.encode())

    @property
    def types(self) -> list[str]:
        return [one.payload["type"] for one in self.received]

    def clear(self) -> None:
        self.received.clear()
