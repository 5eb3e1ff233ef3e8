"""What the tests of the live stream share."""

from typing import Any

import pytest

from tests.conftest import Cast, make_cast


@pytest.fixture
def cast() -> Cast:
    """Committed, so that the hub's own connection sees it."""
    return make_cast()


@pytest.fixture(autouse=True)
def garbage_collection_as_it_was() -> Any:
    """The hub tunes it for a server's long life."""
    import gc

    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
