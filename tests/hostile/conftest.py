"""One real server with the demo team for all hostile tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.hostile.target import Target
from tests.journeys.installation import Installation


@pytest.fixture(scope="package")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    settings = "tests.hostile.settings"
    installation = Installation(tmp_path_factory.mktemp("hostile"), DJANGO_SETTINGS_MODULE=settings)
    try:
        installation.prepare()
        installation.start()
        yield Target(installation)
    finally:
        installation.close()
