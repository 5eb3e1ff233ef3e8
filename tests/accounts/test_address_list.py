"""A pasted list of addresses is read as people and mail programs write it."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.address_list import ADDRESS_PIECES, read_addresses

pytestmark = pytest.mark.once

LISTS = {
    "a@x.org, b@x.org;c@x.org\nd@x.org e@x.org\tf@x.org": [
        "a@x.org",
        "b@x.org",
        "c@x.org",
        "d@x.org",
        "e@x.org",
        "f@x.org",
    ],
    "Doe, Jane <jane@x.org>; Roe, Rob <rob@x.org>": ["jane@x.org", "rob@x.org"],
    "Doe, Jane <jane@x.org>, Roe, Rob <rob@x.org>": ["jane@x.org", "rob@x.org"],
    "Ana Ribeiro <Ana@X.org>, Ben <ben@x.org>": ["ana@x.org", "ben@x.org"],
    '"Ribeiro; Ana" <ana@x.org>; "B" <b@x.org>': ["ana@x.org", "b@x.org"],
    '"ana@old.org" <ana@x.org>': ["ana@x.org"],
    "ana@x.org <ana@x.org>": ["ana@x.org"],
    "<a@x.org>\r\n<b@x.org>\r\n": ["a@x.org", "b@x.org"],
    "a@x.org a@x.org A@x.org": ["a@x.org"],
    "'a@x.org', \"b@x.org\", “c@x.org”, o'brien@x.org": ["a@x.org", "b@x.org", "c@x.org", "o'brien@x.org"],
    "Jane Doe [mailto:jane@x.org]; <mailto:Rob@x.org?subject=hi>, mailto:c@x.org": [
        "jane@x.org",
        "rob@x.org",
        "c@x.org",
    ],
    "jane@x.org (Jane, at home); rob@x.org.": ["jane@x.org", "rob@x.org"],
    "To: Jane <jane@x.org>, rob@x.org\nCc: c@x.org": ["jane@x.org", "rob@x.org", "c@x.org"],
    "\ufeffjane\u200b@x.org,\xa0rob@x\xad.org": ["jane@x.org", "rob@x.org"],
    "jo@münchen.example; jo@xn--mnchen-3ya.example": ["jo@xn--mnchen-3ya.example"],
    " ,;\n<>": [],
}
UNREADABLE = {
    "a@x.org, nobody, b@x.org": ["nobody"],
    "ben at x.org\na@x.org": ["ben at x.org"],
    "Ana\n<ana@x.org>": ["Ana"],
    "Doe, Jane, ben@x.org": ["Doe", "Jane"],
    "jane@@x.org; @x; a@b": ["jane@@x.org", "@x", "a@b"],
    "Jane <jane at x>": ["jane at x"],
}


@pytest.mark.parametrize("text", LISTS)
def test_addresses_are_found_however_they_are_pasted(text: str) -> None:
    found = read_addresses(text)
    assert (found.addresses, found.unreadable) == (LISTS[text], [])


@pytest.mark.parametrize("text", UNREADABLE)
def test_piece_that_cannot_be_read_is_named_as_it_was_written(text: str) -> None:
    assert read_addresses(text).unreadable == UNREADABLE[text]


names = st.text("abcÄé 日", min_size=1, max_size=12).map(str.strip).filter(bool)
addresses = st.from_regex(r"[a-z][a-z0-9.]{0,5}[a-z0-9]@[a-z]{1,6}\.(org|example)", fullmatch=True).filter(
    lambda email: ".." not in email
)
entries = st.one_of(
    addresses.map(lambda email: (email, email)),
    st.tuples(names, names, addresses).map(lambda one: (f"{one[0]}, {one[1]} <{one[2]}>", one[2])),
    st.tuples(names, addresses).map(lambda one: (f'"{one[0]}, (x); <y@z>" <{one[1]}>', one[1])),
    st.tuples(names, addresses).map(lambda one: (f"<mailto:{one[1]}> ({one[0]})", one[1])),
)


@given(st.lists(entries, max_size=6), st.sampled_from(["; ", ", ", "\n", "\r\n", ",\n"]))
def test_every_written_address_is_read(written: list[tuple[str, str]], between: str) -> None:
    found = read_addresses(between.join(text for text, _email in written))
    assert found.addresses == list(dict.fromkeys(email for _text, email in written))
    assert found.unreadable == []


@given(st.text())
@example('"')
@example("(<@")
def test_any_text_can_be_read(text: str) -> None:
    found = read_addresses(text)
    assert all(address.isascii() for address in found.addresses)


@pytest.mark.parametrize("unit", ["Ana ", '"', '"a', "<a@", '"\n', "a, ", "<", ">", "(a", "[mailto:", "a@b "])
def test_longest_list_of_addresses_is_read_once(unit: str) -> None:
    """The time to read is linear: each piece begins where the last one ended."""
    text = unit * (20_000 // len(unit))
    assert sum(len(piece[0]) for piece in ADDRESS_PIECES.finditer(text)) >= len(text) - text.count("\n")
    began = time.process_time()
    read_addresses(text)
    assert time.process_time() - began < 1, "some hundredths of a second are meant"
