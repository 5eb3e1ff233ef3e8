"""The colours that a team can choose: each is readable in the light and in the dark theme."""

import math
import re
from pathlib import Path

import pytest

from accounts.models import Accent

pytestmark = pytest.mark.once

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
OKLCH = re.compile(r"oklch\((?P<l>[\d.]+) (?P<c>[\d.]+) (?P<h>[\d.]+)\)")
DAY, EVENING = 0, 1
Colour = tuple[float, float, float]


def pair(file: str, pattern: str) -> list[Colour]:
    """Return the two sides of a light-dark(), as lightness, chroma and hue in degrees."""
    text = (CSS / file).read_text()
    found = re.search(pattern + r"\s*light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)", text)
    assert found, f"{pattern} is not in {file}"
    matches = [OKLCH.fullmatch(side) for side in found.groups()]
    return [(float(one["l"]), float(one["c"]), float(one["h"])) for one in matches if one]


def linear(colour: Colour) -> Colour:
    """Return the linear sRGB of an OKLCH colour (CSS Color 4, section 19.2; Björn Ottosson's matrices)."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    l, m, s = (  # noqa: E741 - the cones' own names
        (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    return (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )


def contrast(one: Colour, other: Colour) -> float:
    """Return WCAG 2.2's contrast ratio, from 1 to 21."""

    def luminance(colour: Colour) -> float:
        red, green, blue = linear(colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


WALL = pair("tokens.css", "--wall:")
PAPER = pair("papers.css", "--peace:")


def accent(name: str) -> list[Colour]:
    return (
        pair("tokens.css", "--wall-ink:")
        if name == Accent.INK
        else pair("accents.css", rf"\.accent-{name} {{ --accent:")
    )


def test_contrast_is_measured_as_it_is_defined() -> None:
    assert contrast((1, 0, 0), (0, 0, 0)) == pytest.approx(21, abs=0.01)
    assert contrast((1, 0, 0), (1, 0, 0)) == 1
    # oklch(62.796% 0.25768 29.234) is sRGB's red, which has 3.998 against white.
    assert contrast((1, 0, 0), (0.62796, 0.25768, 29.234)) == pytest.approx(3.998, abs=0.01)


@pytest.mark.parametrize("name", list(Accent))
@pytest.mark.parametrize("time", [DAY, EVENING], ids=["day", "evening"])
def test_colour_can_be_read_from_and_seen(name: str, time: int) -> None:
    colour = accent(name)[time]
    assert contrast(colour, WALL[time]) >= 4.5, "a button's letters, which have the wall's colour, and the wordmark"
    assert contrast(colour, PAPER[time]) >= 3, "a swatch on paper"


@pytest.mark.parametrize("name", list(Accent))
@pytest.mark.parametrize("time", [DAY, EVENING], ids=["day", "evening"])
def test_colours_on_every_screen_are_as_measured(name: str, time: int) -> None:
    assert all(-0.001 <= channel <= 1.001 for channel in linear(accent(name)[time]))


def test_ink_is_the_walls_own_and_the_colours_differ() -> None:
    text = (CSS / "accents.css").read_text()
    assert ":root, .accent-ink { --accent: var(--wall-ink); }" in text
    named = set(re.findall(r"\.accent-([a-z]+)\b", text))
    assert named == set(Accent.values)
    assert len({tuple(accent(name)) for name in Accent}) == len(Accent)
