"""Oneself: a picture chosen without losing what was typed beside it, and a time zone found at once."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.journeys.installation import Installation
from tests.journeys.visits import Visits

pytestmark = [pytest.mark.journey, pytest.mark.once]


def photo() -> FilePayload:
    file = BytesIO()
    Image.new("RGB", (1200, 900), (90, 150, 200)).save(file, "JPEG")
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_picture_changes_without_losing_typed_text(visit: Visits, place: Installation) -> None:
    place.behind("person", who="pia", name="Pia Picture")
    page = visit("pia", "/me/")
    name = page.get_by_label("Your name")
    name.fill("Pia, half typ")
    visit.foresee("422")
    page.get_by_label("Choose a picture").set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"no"})
    page.get_by_role("button", name="Use this picture").press("Enter")
    expect(page.get_by_text("This could not be read as a picture.")).to_be_visible()
    expect(page.get_by_role("button", name="Use this picture")).to_be_focused()
    page.get_by_label("Choose a picture").set_input_files(photo())
    page.get_by_role("button", name="Use this picture").press("Enter")
    picture = page.locator("#me-picture img")
    expect(picture).to_be_visible()
    assert picture.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 192
    expect(page.get_by_text("That is your picture now.")).to_be_visible()
    page.get_by_role("button", name="Remove my picture").press("Enter")
    expect(page.locator("#me-picture")).to_contain_text("PP")
    expect(picture).to_have_count(0)
    expect(name).to_have_value("Pia, half typ")


def test_browsers_time_zone_is_offered_first(visit: Visits, place: Installation) -> None:
    place.behind("person", who="zora", name="Zora Zone")
    page = visit("zora", "/me/", timezone_id="Asia/Tokyo")
    zones = page.get_by_label("Time zone")
    offered = "select => [...select.options].slice(0, 2).map(option => option.value)"
    assert zones.evaluate(offered) == ["", "Asia/Tokyo"]
    expect(zones).to_have_value("")  # offered, not chosen
    zones.select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(zones).to_have_value("Asia/Tokyo")
    expect(page.locator("html")).to_have_attribute("data-time-zone", "Asia/Tokyo")
    assert zones.evaluate("select => select.querySelectorAll(`[value='Asia/Tokyo']`).length") == 1
