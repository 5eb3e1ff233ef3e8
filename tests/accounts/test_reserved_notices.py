"""A team that had the address of the notices gets another one, and its former pages lead there."""

from importlib import import_module

import pytest
from django.apps import apps

from accounts.models import Team
from accounts.models.team import RESERVED_SLUGS
from tests.conftest import Cast, signed_in

pytestmark = pytest.mark.once


def test_team_at_the_address_of_the_notices_is_moved(cast: Cast) -> None:
    assert "notices" in RESERVED_SLUGS
    Team.objects.filter(pk=cast.team.pk).update(slug="notices")
    Team.objects.filter(pk=cast.foreign_owner.team_id).update(slug="notices-2")
    migration = import_module("accounts.migrations.0010_reserve_notices")
    migration.move_team_away(apps, None)
    assert Team.objects.get(pk=cast.team.pk).slug == "notices-3"
    answer = signed_in(cast.member).get("/notices/mine/")
    assert answer["Location"] == "/notices-3/mine/"
