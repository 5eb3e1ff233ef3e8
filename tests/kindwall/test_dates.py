"""Tests of dates: one form everywhere, whatever page or mail they are in."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from stories.templatetags.ages import age
from tests.conftest import Cast, signed_in
from tests.pages import text_of

pytestmark = pytest.mark.once

FORMATS = {"DATE_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT", "c", "T"}  # "c" is for machines, "T" names the time zone
TEMPLATES = Path(__file__).parents[2] / "templates"


def test_templates_write_dates_in_the_forms_of_the_language() -> None:
    used = {
        (str(path.relative_to(TEMPLATES)), match)
        for path in TEMPLATES.rglob("*.*")
        for match in re.findall(r"\|(?:date|time):([^\s|%}]+)", path.read_text())
    }
    assert len(used) > 10
    assert {(path, form) for path, form in used if form.strip('"') not in FORMATS} == {
        ("notices/list.html", '"Y-m-d"'),  # of an id
        ("stories/archive_months.html", '"F"'),  # a month, below its year
        ("stories/archive_months.html", '"Y-m"'),  # of an address
        ("stories/wall_choice.html", '"Y-m"'),
    }


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "3 November 2026", "3 November 2026, 14:05"),
        ("de", "3. November 2026", "3. November 2026 14:05"),
    ],
)
def test_dates_are_written_out_with_24_hours(language: str, day: str, moment: str) -> None:
    then = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    with override(language), timezone.override(UTC):
        assert date_format(then, "DATE_FORMAT") == day
        assert date_format(timezone.localtime(then), "DATETIME_FORMAT") == moment
        assert date_format(timezone.localtime(then), "TIME_FORMAT") == "14:05"


def test_age_is_an_element_that_is_updated() -> None:
    then = timezone.now()
    assert age(then) == f'<time-ago><time datetime="{then.isoformat()}">just now</time></time-ago>'


def test_signed_in_page_carries_the_time_of_the_server(cast: Cast) -> None:
    before = int(timezone.now().timestamp())
    found = re.search(r'<html[^>]* data-now="(\d+)"', text_of(signed_in(cast.member).get("/harbour-team/")))
    assert found
    assert before <= int(found[1]) <= timezone.now().timestamp()
