"""Pictures: whatever is uploaded, the stored one is small, square and without metadata."""

import hashlib
import random
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponseBase
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageCms, ImageDraw, TiffImagePlugin

from accounts import picture_decoder, pictures
from accounts.models import Membership, Picture, User
from tests.conftest import Cast, signed_in
from tests.factories import make_member, make_team, make_user
from tests.pages import HTMX, attribute, elements, ids, part, root_id, text_of, words

pytestmark = pytest.mark.once

UPLOAD, REMOVE = "/me/picture/", "/me/picture/remove/"
RED, BLUE, GREEN = (220, 30, 30), (30, 30, 220), (30, 160, 60)
UNREADABLE = "could not be read as a picture"
TOO_LONG = "takes too long to read"


def photo(width: int = 400, height: int = 300, colour: tuple[int, ...] = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def file_of(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def upload(person: Membership | User, data: bytes, name: str = "me.jpg", **headers: str) -> HttpResponseBase:
    file = SimpleUploadedFile(name, data, content_type="image/jpeg")
    answer: HttpResponseBase = signed_in(person).post(UPLOAD, {"picture": file}, headers=headers)
    return answer


def kept(user: User) -> Image.Image:
    return Image.open(BytesIO(bytes(Picture.objects.get(user=user).webp)))


def address(user: User) -> str:
    return f"/people/{user.pk}/{user.picture_digest}.webp"


def small(data: bytes) -> Image.Image:
    return Image.open(BytesIO(picture_decoder.decode_small_square(data)))


def about(picture: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    seen = picture.convert("RGB").getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 24 for one, other in zip(seen, colour, strict=True))


# The stored picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "MPO"])
def test_every_usual_kind_of_picture_becomes_a_small_square(cast: Cast, kind: str) -> None:
    user = cast.member.user
    answer = upload(cast.member, file_of(photo(), kind))
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    user.refresh_from_db()
    picture, webp = kept(user), bytes(user.picture.webp)
    assert (picture.format, picture.size) == ("WEBP", (192, 192))
    assert about(picture, (96, 96), RED)
    assert user.picture_digest == hashlib.sha256(webp).hexdigest()[:32]


@pytest.mark.parametrize(
    ("mode", "colour", "expected", "kind"),
    [
        ("L", 200, (200, 200, 200), "PNG"),
        ("1", 1, (255, 255, 255), "PNG"),
        ("P", 0, (0, 0, 0), "PNG"),
        ("LA", (200, 255), (200, 200, 200), "PNG"),
        ("RGBA", (*RED, 255), RED, "PNG"),
        ("RGBA", (*RED, 0), (255, 255, 255), "PNG"),
        ("I;16", 200 * 256, (200, 200, 200), "PNG"),
        ("CMYK", (0, 255, 255, 0), (255, 0, 0), "JPEG"),
    ],
)
def test_every_way_to_say_a_colour_is_understood(mode: str, colour: Any, expected: tuple[int, ...], kind: str) -> None:
    assert about(small(file_of(photo(300, 300, colour, mode), kind)), (96, 96), expected)


def test_middle_is_stored() -> None:
    wide = photo(900, 300, BLUE)
    wide.paste(RED, (300, 0, 600, 300))
    picture = small(file_of(wide, "PNG"))
    assert all(about(picture, at, RED) for at in ((4, 4), (187, 4), (4, 187), (187, 187)))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (191, 193)])
def test_smallest_and_the_narrowest_have_a_middle_too(size: tuple[int, int]) -> None:
    assert small(file_of(photo(*size), "PNG")).size == (192, 192)


def test_picture_stands_upright() -> None:
    sideways = photo(300, 300, BLUE)
    sideways.paste(RED, (0, 0, 300, 150))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: what is above belongs on the right
    picture = small(file_of(sideways, exif=exif))
    assert about(picture, (180, 96), RED)
    assert about(picture, (12, 96), BLUE)


def test_first_frame_of_an_animation_is_stored() -> None:
    frames = [photo(colour=colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        moving = file_of(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        picture = small(moving)
        assert about(picture, (96, 96), RED), kind
        assert getattr(picture, "n_frames", 1) == 1


def photographed() -> bytes:
    """Return a picture with place, author, a profile and XMP."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Secret Camera", "Mia Member"
    exif.get_ifd(0x8825).update({1: "N", 2: tuple(TiffImagePlugin.IFDRational(n) for n in (52, 31, 12))})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>Secret Place</rdf:RDF></x:xmpmeta>'
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return file_of(photo(), exif=exif, xmp=xmp, icc_profile=profile, comment=b"Secret Comment")


def test_place_and_time_of_a_picture_are_removed() -> None:
    taken = Image.open(BytesIO(photographed()))
    assert taken.getexif().get_ifd(0x8825)
    assert {"exif", "icc_profile", "xmp", "comment"} <= taken.info.keys(), "there is something to forget"
    picture = small(photographed())
    assert not picture.getexif()
    assert not {"exif", "icc_profile", "xmp", "comment"} & picture.info.keys()
    made = picture_decoder.decode_small_square(photographed())
    assert not [mark for mark in (b"EXIF", b"ICCP", b"XMP ", b"Secret", b"Mia", b"GPS") if mark in made]


def test_transparent_pixels_hide_no_picture() -> None:
    hidden = photo(192, 192, (*RED, 0), "RGBA")
    assert about(small(file_of(hidden, "PNG")), (96, 96), (255, 255, 255))


@pytest.mark.parametrize(
    "profile",
    [ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), b"no profile at all" * 20],
    ids=["another picture’s", "broken"],
)
def test_profile_that_does_not_fit_is_left_out(profile: bytes) -> None:
    assert about(small(file_of(photo(), icc_profile=profile)), (96, 96), RED)


def test_wildest_picture_is_stored_small() -> None:
    noise = Image.frombytes("RGB", (400, 400), random.Random(7).randbytes(400 * 400 * 3))
    assert len(picture_decoder.decode_small_square(file_of(noise, "PNG"))) <= 20_000


# Refused files


def cut(kind: str) -> bytes:
    noise = Image.frombytes("RGB", (200, 200), random.Random(7).randbytes(200 * 200 * 3))
    whole = file_of(noise, kind)
    return whole[: len(whole) // 2]


def with_many_scans(more: int) -> bytes:
    """Return a progressive JPEG, which has 10 scans, with so many more."""
    whole = file_of(photo(), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * more + whole[-2:]


REFUSED = {
    "a text": (b"Not a picture at all.", UNREADABLE),
    "nothing": (b"", "This file is empty"),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', UNREADABLE),
    "another kind of picture": (file_of(photo(), "BMP"), UNREADABLE),
    "a page printed": (file_of(photo(), "TIFF"), UNREADABLE),
    "half a JPEG": (cut("JPEG"), UNREADABLE),
    "half a PNG": (cut("PNG"), UNREADABLE),
    "half a WebP": (cut("WEBP"), UNREADABLE),
    "half a GIF": (cut("GIF"), UNREADABLE),
    "half an AVIF": (cut("AVIF"), UNREADABLE),
    "the head of a PNG": (b"\x89PNG\r\n\x1a\n", UNREADABLE),
    "a JPEG of many scans": (with_many_scans(300), TOO_LONG),
    "a JPEG of a few scans too many": (with_many_scans(12), TOO_LONG),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
def test_file_that_is_no_picture_is_refused_in_place(cast: Cast, data: bytes, why: str) -> None:
    answer = upload(cast.member, data)
    assert answer.status_code == 422
    section = part(answer, "me-picture")
    assert why in words(section)
    field = next(element for element in elements(str(section)) if attribute(element, "type") == "file")
    assert attribute(field, "aria-invalid") == "true"
    assert not Picture.objects.exists()
    name = part(answer, "id_name")
    assert attribute(name, "value") == cast.member.user.name, "the rest of the page is there"
    assert attribute(name, "aria-invalid") is None


@pytest.mark.parametrize(("width", "height"), [(6400, 6400), (10_000, 9_500), (20_000, 20_000)])
def test_one_that_would_fill_the_memory_is_refused_unread(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch, cast: Cast
) -> None:
    def decode(*_: Any) -> None:
        pytest.fail("it was decoded")

    bomb = file_of(Image.new("1", (width, height)), "PNG")
    assert len(bomb) < 100_000
    monkeypatch.setattr(picture_decoder, "square", decode)
    with pytest.raises(picture_decoder.TooManyPixels):
        picture_decoder.decode_small_square(bomb)
    answer = upload(cast.member, bomb)
    assert answer.status_code == 422
    assert "a JPEG can have at most 50 million pixels, any other 12 million" in words(part(answer, "me-picture"))


def test_file_of_ten_megabytes_is_refused_in_place(cast: Cast) -> None:
    answer = upload(cast.member, file_of(photo()) + bytes(10 << 20))
    assert answer.status_code == 422
    assert "at most 8 MB" in words(part(answer, "me-picture"))
    assert not Picture.objects.exists()


def test_form_without_a_file_asks_for_one(cast: Cast) -> None:
    answer = signed_in(cast.member).post(UPLOAD)
    assert answer.status_code == 422
    assert "Choose a picture first." in words(part(answer, "me-picture"))


def test_nobody_keeps_the_wall_busy_with_pictures(cast: Cast) -> None:
    client = signed_in(cast.member)
    answers = [client.post(UPLOAD).status_code for _time in range(21)]
    assert answers == [422] * 20 + [429]
    assert signed_in(cast.owner).post(UPLOAD).status_code == 422, "others are not concerned"


def test_film_behind_a_photograph_is_no_scan_of_it() -> None:
    film = random.Random(7).randbytes(4 << 20)
    assert film.count(b"\xff\xda") > picture_decoder.MOST_SCANS
    assert about(small(file_of(photo(), progressive=True) + film), (96, 96), RED)


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_webp_header_is_enough_to_refuse_it(kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_file(*_: Any, **__: Any) -> None:
        pytest.fail("it was opened")

    side = 8000 - (kind != b"VP8 ")
    header = {
        b"VP8X": bytes(4) + side.to_bytes(3, "little") * 2,
        b"VP8L": b"\x2f" + (side | side << 14).to_bytes(4, "little"),
        b"VP8 ": bytes(6) + side.to_bytes(2, "little") * 2,
    }[kind]
    monkeypatch.setattr(Image, "open", open_file)
    with pytest.raises(picture_decoder.TooManyPixels):
        picture_decoder.decode_small_square(b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + header)


def test_progressive_picture_is_bounded_by_what_its_decoder_keeps() -> None:
    large = Image.new("RGB", (7000, 7000), RED)
    assert about(small(file_of(large, progressive=True)), (96, 96), RED)
    with pytest.raises(picture_decoder.TooManyPixels):
        small(file_of(large, progressive=True, subsampling=0))
    assert about(small(file_of(large, subsampling=0)), (96, 96), RED)


def test_narrow_picture_that_cannot_be_decoded_small_is_refused() -> None:
    with pytest.raises(picture_decoder.TooManyPixels):
        small(file_of(photo(700, 65_000)))


# The decoder’s process


def decoder(path: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put another program in the decoder's place."""
    path.write_text(code)
    monkeypatch.setattr(pictures, "DECODER", path)


def children() -> list[str]:
    return [pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def test_decoder_that_takes_too_long_is_killed_and_reaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder(tmp_path / "sleeps.py", "import time; time.sleep(60)", monkeypatch)
    monkeypatch.setattr(pictures, "MOST_TIME", 0.2)
    before = children()
    with pytest.raises(ValidationError) as refused:
        pictures.small_square(BytesIO(file_of(photo())))
    assert refused.value.code == pictures.BUSY
    assert children() == before


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", UNREADABLE),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", TOO_LONG),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", TOO_LONG),
    ],
)
def test_decoder_that_dies_is_a_picture_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    decoder(tmp_path / "dies.py", code, monkeypatch)
    with pytest.raises(ValidationError, match=why):
        pictures.small_square(BytesIO(file_of(photo())))


def test_decoder_that_cannot_run_is_a_fault_and_it_gets_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "very-secret")
    decoder(tmp_path / "fails.py", "import os, sys; sys.exit(f'no: {dict(os.environ)}')", monkeypatch)
    with pytest.raises(RuntimeError, match="no: ") as fault:
        pictures.small_square(BytesIO(file_of(photo())))
    assert "very-secret" not in str(fault.value)


LIMITED = "import sys; sys.path.insert(0, sys.argv[1]); import picture_decoder; picture_decoder.limit_process(1); "


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("bytearray(picture_decoder.MOST_MEMORY)", 1),
        ("open(sys.argv[2], 'w', buffering=1).write('a line\\n')", 1),
        ("exec('while True: pass')", -9),
    ],
)
def test_decoder_limits_its_memory_files_and_time(tmp_path: Path, code: str, ends: int) -> None:
    command = [sys.executable, "-c", LIMITED + code, str(pictures.DECODER.parent), str(tmp_path / "file")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == ends


def test_one_waits_for_its_turn_and_the_next_is_asked_to_come_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.05)
    again = "press the button again in a few seconds"
    with pictures.turn:
        waited = upload(cast.member, file_of(photo()))
        assert (waited.status_code, waited["Retry-After"]) == (503, "5")
        assert again in words(part(waited, "me-picture"))
        assert attribute(part(waited, "id_name"), "value") == cast.member.user.name
        monkeypatch.setattr(pictures, "PATIENCE", 1_000)
        with pictures.queue:
            refused = upload(cast.member, file_of(photo()), **HTMX)
        assert (refused.status_code, refused["Retry-After"]) == (422, "5")
        assert again in words(part(refused, "me-picture"))
    assert upload(cast.member, file_of(photo())).status_code == 302


# Without and with JavaScript


def test_section_alone_comes_back_with_htmx(cast: Cast) -> None:
    answer = upload(cast.member, file_of(photo()), **HTMX)
    cast.member.user.refresh_from_db()
    assert (answer.status_code, root_id(answer)) == (200, "me-picture")
    assert address(cast.member.user) in text_of(answer)
    assert "That is your picture now." in text_of(answer)
    refused = upload(cast.member, b"nonsense", **HTMX)
    assert (refused.status_code, root_id(refused)) == (422, "me-picture")
    assert "id_name" not in ids(refused)
    assert "HX-Request" in answer["Vary"]
    assert "HX-Request" in refused["Vary"]


def test_picture_can_be_taken_away_again_and_again(cast: Cast) -> None:
    upload(cast.member, file_of(photo()))
    client = signed_in(cast.member)
    for _time in range(2):
        answer = client.post(REMOVE)
        assert (answer.status_code, answer["Location"]) == (302, "/me/")
        cast.member.user.refresh_from_db()
        assert cast.member.user.picture_digest == ""
        assert not Picture.objects.exists()
    assert root_id(client.post(REMOVE, headers=HTMX)) == "me-picture"


def test_another_picture_takes_the_place_of_the_first(cast: Cast) -> None:
    upload(cast.member, file_of(photo(colour=RED)))
    cast.member.user.refresh_from_db()
    before = address(cast.member.user)
    upload(cast.member, file_of(photo(colour=GREEN)))
    cast.member.user.refresh_from_db()
    assert Picture.objects.count() == 1
    assert address(cast.member.user) != before
    assert about(kept(cast.member.user), (96, 96), GREEN)
    assert signed_in(cast.member).get(before).status_code == 404


# Access


def test_picture_is_for_oneself_and_the_people_of_ones_teams(cast: Cast) -> None:
    upload(cast.member, file_of(photo()))
    cast.member.user.refresh_from_db()
    where = address(cast.member.user)
    seen = {
        name: signed_in(getattr(cast, name)).get(where).status_code
        for name in ("member", "newcomer", "owner", "stranger", "foreign_owner")
    }
    assert seen == {"member": 200, "newcomer": 200, "owner": 200, "stranger": 404, "foreign_owner": 404}
    assert signed_in(None).get(where).status_code == 302
    cast.newcomer.delete()
    assert signed_in(cast.newcomer.user).get(where).status_code == 404


def test_person_in_no_team_sees_their_own(db: None) -> None:
    user = make_user()
    upload(user, file_of(photo()))
    user.refresh_from_db()
    assert signed_in(user).get(address(user)).status_code == 200


def test_browser_keeps_a_picture_for_good_and_to_itself(cast: Cast) -> None:
    upload(cast.member, file_of(photo()))
    cast.member.user.refresh_from_db()
    answer = signed_in(cast.owner).get(address(cast.member.user))
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert set(answer["Cache-Control"].split(", ")) == {"private", "max-age=31536000", "immutable"}
    assert answer.content == bytes(Picture.objects.get().webp)
    assert "Accept-Language" not in answer["Vary"]


def test_picture_costs_the_same_for_many_people_and_teams(cast: Cast) -> None:
    upload(cast.member, file_of(photo()))
    cast.member.user.refresh_from_db()
    client = signed_in(cast.owner)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address(cast.member.user)).status_code == 200
        return len(asked)

    before = queries()
    for _team in range(3):
        team = make_team()
        for person in (cast.owner, cast.member):
            Membership.objects.create(team=team, user=person.user)
        make_member(team=team)
    assert queries() == before <= 4


@pytest.mark.parametrize(
    "where", ["/people/1/nothing.webp", f"/people/{2**63}/{'0' * 32}.webp", f"/people/{10**40}/0.webp"]
)
def test_picture_that_never_was_is_not_found(cast: Cast, where: str) -> None:
    assert signed_in(cast.owner).get(where).status_code == 404


def test_picture_is_not_found_without_its_digest(cast: Cast) -> None:
    """This holds even while a person's picture is stored and its digest is not."""
    upload(cast.member, file_of(photo()))
    User.objects.filter(pk=cast.member.user_id).update(picture_digest="")
    assert signed_in(cast.member).get(f"/people/{cast.member.user_id}/.webp").status_code == 404


def test_header_shows_the_picture_or_else_the_initials(cast: Cast) -> None:
    client = signed_in(cast.member)
    initials = next(element for element in elements(text_of(client.get("/harbour-team/"))) if element.name == "button")
    assert words(initials) == "MM"
    upload(cast.member, file_of(photo()))
    cast.member.user.refresh_from_db()
    page = text_of(client.get("/harbour-team/"))
    image = next(element for element in elements(page) if element.name == "img")
    shown = {name: attribute(image, name) for name in ("src", "alt", "width", "height", "loading")}
    expected = {"src": address(cast.member.user), "alt": "", "width": "36", "height": "36", "loading": "lazy"}
    assert shown == expected


def test_picture_is_scaled_down_and_not_cropped() -> None:
    target = photo(1000, 1000, BLUE)
    ImageDraw.Draw(target).rectangle((250, 250, 750, 750), fill=RED)
    picture = small(file_of(target))
    assert about(picture, (96, 96), RED)
    assert about(picture, (20, 20), BLUE)
