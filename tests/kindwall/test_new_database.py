"""Several processes that open a new SQLite file at the same moment all get a connection."""

from sqlite3 import OperationalError
from typing import Any

import pytest
from django.db.backends.sqlite3 import base

from kindwall.sqlite3 import base as ours

pytestmark = pytest.mark.once


def wrapper() -> Any:
    return ours.DatabaseWrapper({"NAME": ":memory:", "OPTIONS": {}, "TIME_ZONE": None}, "default")


def test_connects_again_while_another_process_holds_the_new_file(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [OperationalError("database is locked")] * 2

    def connect(self: Any, params: dict[str, Any]) -> str:
        if refusals:
            raise refusals.pop()
        return "a connection"

    monkeypatch.setattr(base.DatabaseWrapper, "get_new_connection", connect)
    monkeypatch.setattr(ours, "CONNECT_AGAIN_AFTER", 0)
    assert wrapper().get_new_connection({}) == "a connection"


@pytest.mark.parametrize(("refusal", "patience"), [("unable to open database file", 5.0), ("database is locked", -1.0)])
def test_gives_up_where_waiting_does_not_help(monkeypatch: pytest.MonkeyPatch, refusal: str, patience: float) -> None:
    def connect(self: Any, params: dict[str, Any]) -> str:
        raise OperationalError(refusal)

    monkeypatch.setattr(base.DatabaseWrapper, "get_new_connection", connect)
    monkeypatch.setattr(ours, "CONNECT_AGAIN_FOR", patience)
    with pytest.raises(OperationalError, match=refusal):
        wrapper().get_new_connection({})
