"""Fixtures and helpers for tests of archives. Tasks are rows, as in the product, so that tests can run them later."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Membership, User
from kindwall import settings as product
from tests.conftest import signed_in
from tests.factories import PASSWORD


@pytest.fixture(autouse=True)
def tasks_as_rows(settings: Any) -> None:
    settings.TASKS = product.TASKS


def run_tasks(*, later: timedelta = timedelta(0)) -> int:
    """Run the tasks that a worker would have run by then, and return their number."""
    done = 0
    for row in DBTaskResult.objects.filter(status="READY"):
        if row.run_after.year == 9999 or row.run_after <= timezone.now() + later:
            row.task.call(*row.task_result.args, **row.task_result.kwargs)
            row.set_successful(None)
            done += 1
    return done


def confirmed(person: Membership | User) -> Client:
    """Return a client in which this person has just entered their password."""
    client = signed_in(person)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client
