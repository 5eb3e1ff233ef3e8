"""The log of decisions: what moderators and owners read, look for and take away."""

import csv
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Membership, User
from kindwall import clock
from moderation.log import LOG_PAGE, as_table, harmless, log_of
from stories.models import Assignment, AuditEntry, Story, StoryText
from tests.conftest import Cast, signed_in
from tests.factories import make_draft, make_edit, make_member, make_story
from tests.pages import ids, part, text_of, words

LOG, CSV = "/harbour-team/moderation/log/", "/harbour-team/moderation/log.csv"
LETTER: dict[str, Any] = {
    "saw": "The lift.",
    "message": "Name nobody.",
    "next_step": "Send it again.",
    "talk_to": "Olu.",
}


def lines(person: Membership, **wanted: Any) -> list[str]:
    page = signed_in(person).get(LOG, wanted)
    assert page.status_code == 200, text_of(page)
    return [words(part(page, name)) for name in ids(page) if name.startswith("entry-")]


def table(person: Membership, **wanted: Any) -> list[dict[str, str]]:
    answer: Any = signed_in(person).get(CSV, wanted)
    assert answer.status_code == 200
    return rows(b"".join(answer.streaming_content).decode("utf-8-sig"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


# Sentences


def test_each_entry_says_who_did_what_when_and_why_with_the_text_as_it_was(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Held the door in the rain.")
    story.return_for_change(by=cast.moderator, revision=story.revision, reason="A private detail", **LETTER)
    returned, submitted = lines(cast.owner)
    assert f"Mo Moderator returned story {story.pk} , by Mia Member" in returned
    for said in ("A private detail", "Held the door in the rain.", *LETTER.values()):
        assert said in returned
    assert f"Mia Member submitted story {story.pk}" in submitted
    assert "by Mia Member" not in submitted


@pytest.mark.once
def test_a_typo_that_was_fixed_shows_what_changed(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="Held teh door.")
    story.publish(by=cast.moderator, revision=story.revision, fixed="Held the door.")
    html = text_of(signed_in(cast.moderator).get(LOG))
    assert html.count("<del>teh</del><ins>the</ins>") == 1
    story.restore_own_words(by=cast.member)
    html = text_of(signed_in(cast.moderator).get(LOG))
    assert "<del>the</del><ins>teh</ins>" in html


@pytest.mark.once
def test_an_edit_shows_what_changed_since_the_text_before_it(cast: Cast, story: Story) -> None:
    make_edit(story, author=cast.member, moderator=cast.moderator, body="Held the door, and my breath.")
    edited = next(line for line in lines(cast.moderator) if "edited" in line)
    assert "What changed" in edited
    assert "Held the door, and my tongue. breath." in edited


def test_edit_of_the_qualities_alone_shows_what_they_were(cast: Cast, story: Story) -> None:
    text = StoryText(story.kind, ["peace"], story.body)
    edit, _ = Story.begin(by=cast.member, editor=uuid4(), edit_of=story, text=text)
    edit.submit(by=cast.member)
    edit.publish(by=cast.moderator, revision=edit.revision)
    edited = next(line for line in lines(cast.moderator) if "edited" in line)
    assert "What changed" in edited
    assert "Given · peace Before it was “Given: hope”." in edited


@pytest.mark.once
def test_what_was_undone_stays_and_says_who_undid_it(cast: Cast, pending: Story) -> None:
    pending.publish(by=cast.moderator, revision=pending.revision)
    pending.undo(pending.audit_log.latest("pk"), by=cast.moderator)
    undoing, undone, _submitted = lines(cast.owner)
    assert "Mo Moderator undid a decision on" in undoing
    assert "published" in undone
    assert "Undone by Mo Moderator at" in undone
    assert "Undone by" not in undoing


def test_a_new_text_that_was_taken_back_says_who_did_it_and_what_changed(cast: Cast, story: Story) -> None:
    edit = make_edit(story, author=cast.member, body="Held the gate, and my tongue.")
    edit.publish(by=cast.moderator, revision=edit.revision)
    edit.undo(edit.audit_log.latest("pk"), by=cast.moderator)
    taken_back, taken_over = lines(cast.owner, story=story.pk)[:2]
    assert "Mo Moderator undid a decision on" in taken_back
    assert "Mia Member edited" in taken_over
    assert "Mo Moderator" in taken_over, "who undid it"
    html = text_of(signed_in(cast.owner).get(LOG, {"story": story.pk}))
    assert "<del>door,</del><ins>gate,</ins>" in html
    assert "<del>gate,</del><ins>door,</ins>" in html
    row = table(cast.owner, story=story.pk)[1]
    assert (row["Who"], row["Undone by"]) == ("Mia Member", "Mo Moderator")


@pytest.mark.once
def test_a_story_set_aside_by_the_teams_rule_is_nobodys_doing(cast: Cast, story: Story) -> None:
    story.hide_for_review()
    assert "The team’s own rule hid" in lines(cast.owner)[0]


@pytest.mark.once
def test_whoever_left_is_told_of_without_a_name(cast: Cast, story: Story) -> None:
    AuditEntry.objects.filter(story=story).update(actor=None)
    assert all("Somebody who has left" in line for line in lines(cast.owner))


@pytest.mark.once
def test_a_note_to_a_colleague_and_an_authors_answer_are_called_what_they_are(cast: Cast) -> None:
    story = make_story(author=cast.member, moderator=cast.moderator, state="returned")
    story.stand_by(by=cast.member, message="It was so.")
    Assignment.assign(story, by=cast.owner, to=cast.second_moderator, note="You know the lift.")
    handed, stood_by, *_others = lines(cast.owner)
    assert "Note to the colleague You know the lift." in handed
    assert "What the author wrote It was so." in stood_by


@pytest.mark.once
def test_what_people_write_is_no_markup(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body="<b>Bold</b> deed.")
    story.publish(by=cast.moderator, revision=story.revision, fixed="<b>Bold</b> act.")
    html = text_of(signed_in(cast.moderator).get(LOG))
    assert "<b>Bold" not in html
    assert "&lt;b&gt;Bold" in html


# Contents


def test_spam_is_in_it_for_moderators(cast: Cast) -> None:
    make_story(author=cast.member, moderator=cast.moderator, state="spam")
    assert "marked as spam" in lines(cast.second_moderator)[0]


def test_no_moderator_learns_from_it_that_something_of_theirs_was_marked_as_spam(cast: Cast) -> None:
    story = make_story(author=cast.second_moderator, moderator=cast.moderator, state="spam", body="Buy my boat.")
    assert len(lines(cast.owner)) == len(table(cast.owner)) == 2
    assert [line for line in lines(cast.second_moderator) if "spam" in line] == []
    assert len(lines(cast.second_moderator)) == len(table(cast.second_moderator)) == 1
    story.clear_spam(by=cast.moderator, revision=story.revision)
    assert len(lines(cast.second_moderator)) == 1


def test_no_moderator_learns_of_a_decision_on_their_own_story_that_can_be_undone_or_was(cast: Cast) -> None:
    story = make_story(author=cast.second_moderator, state="pending")
    story.return_for_change(by=cast.moderator, revision=story.revision, **LETTER)
    assert (len(lines(cast.owner)), len(lines(cast.second_moderator))) == (2, 1)
    with clock.at(timezone.now() + timedelta(seconds=11)):
        assert "returned" in lines(cast.second_moderator)[0]
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    with clock.at(timezone.now() + timedelta(seconds=11)):
        assert (len(lines(cast.owner)), len(lines(cast.second_moderator))) == (3, 1)


def test_a_text_that_was_never_submitted_is_not_in_it(cast: Cast) -> None:
    draft = make_draft(author=cast.member, body="Quokkasecret.")
    withdrawn = make_story(author=cast.member, state="pending", body="Sent in.")
    withdrawn.withdraw(by=cast.member)
    withdrawn.revise(by=cast.member, revision=1, text=StoryText("given", ["hope"], "Quokkasecret, too."))
    page = text_of(signed_in(cast.owner).get(LOG))
    assert "Sent in." in page
    assert "Quokkasecret" not in page
    assert f"stories/{withdrawn.pk}/" not in page, "a draft is its author's alone"
    assert all("Quokkasecret" not in str(row) for row in table(cast.owner))
    assert lines(cast.owner, story=draft.pk) == []


def test_another_teams_entries_are_not_there(cast: Cast) -> None:
    elsewhere = make_story(author=cast.foreign_owner, state="pending")
    assert lines(cast.owner) == lines(cast.owner, story=elsewhere.pk) == []
    assert table(cast.owner) == []


# Looking for something


@pytest.fixture
def much(cast: Cast) -> dict[str, Story]:
    """Three decisions by two moderators on three people's stories, a day apart from noon on 3 March."""
    made = {}
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (3, 4, 5)]
    for at, author, state, by in zip(
        days,
        (cast.member, cast.newcomer, cast.owner),
        ("returned", "declined", "published"),
        (cast.moderator, cast.second_moderator, cast.moderator),
        strict=True,
    ):
        with clock.at(at):
            made[state] = make_draft(author=author)
            made[state].submit(by=author)
            now: dict[str, Any] = {"by": by, "revision": 1}
            if state == "returned":
                made[state].return_for_change(**now, reason="A private detail", message="Leave it out.")
            elif state == "declined":
                made[state].decline(**now, reason="Gone from the list", message="Not ours.")
            else:
                made[state].publish(**now)
    return made


DECIDED = {"published", "declined", "returned"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"action": "decisions"}, DECIDED),
        ({"action": "decline"}, {"declined"}),
        ({"reason": "A private detail"}, {"returned"}),
        ({"reason": "Gone from the list"}, {"declined"}),
        ({"reason": "Never given"}, set()),
        ({"since": "2026-03-04", "action": "decisions"}, {"declined", "published"}),
        ({"until": "2026-03-04", "action": "decisions"}, {"declined", "returned"}),
        ({"since": "2026-03-04", "until": "2026-03-04", "action": "decisions"}, {"declined"}),
        ({"author": "nia", "action": "decisions"}, {"declined"}),
        ({"author": "nobody of that name"}, set()),
        ({"author": "99999999999999"}, set()),
        ({"story": "999999999"}, set()),
    ],
)
def test_it_is_filtered_on_the_page_and_in_the_table_alike(
    cast: Cast, much: dict[str, Story], wanted: dict[str, str], found: set[str]
) -> None:
    page = lines(cast.owner, **wanted)
    assert {did for did in DECIDED if any(f" {did} " in line for line in page)} == found
    assert len(page) == len(found)
    assert {row["What"] for row in table(cast.owner, **wanted)} == found


def test_it_is_filtered_by_who_did_it_and_by_numbers(cast: Cast, much: dict[str, Story]) -> None:
    assert len(lines(cast.owner, moderator=cast.moderator.user_id)) == 2
    assert len(lines(cast.owner, moderator=cast.moderator.user_id, action="return")) == 1
    assert len(lines(cast.owner, story=much["declined"].pk)) == 2
    assert len(lines(cast.owner, author=cast.newcomer.user_id)) == 2


def test_days_are_the_readers_own(cast: Cast, much: dict[str, Story]) -> None:
    AuditEntry.objects.filter(story=much["returned"]).update()  # nothing: the log cannot be changed
    with clock.at(datetime(2026, 3, 9, 23, 30, tzinfo=UTC)):
        much["published"].remove(by=cast.moderator, revision=1, message="Down.")
    assert len(lines(cast.owner, since="2026-03-09", until="2026-03-09")) == 1
    User.objects.filter(pk=cast.owner.user_id).update(time_zone="Europe/Berlin")
    assert lines(cast.owner, since="2026-03-09", until="2026-03-09") == []
    assert "removed" in lines(cast.owner, since="2026-03-10", until="2026-03-10")[0]


def test_whoever_moderates_no_more_can_still_be_looked_for(cast: Cast, much: dict[str, Story]) -> None:
    cast.second_moderator.leave()
    who = cast.second_moderator.user_id
    assert len(lines(cast.owner, moderator=who)) == 1
    assert "Sam Second" in text_of(signed_in(cast.owner).get(LOG, {"moderator": who}))
    assert signed_in(cast.owner).get(LOG, {"moderator": cast.foreign_owner.user_id}).status_code == 422


@pytest.mark.once
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("action", "explode"),
        ("moderator", "x"),
        ("moderator", "0"),
        ("moderator", "9" * 30),
        ("reason", "x" * 81),
        ("since", "yesterday"),
        ("since", "2026-02-30"),
        ("since", "0001-01-01"),
        ("until", "9999-12-31"),
        ("author", "x" * 81),
        ("story", "x"),
        ("story", "-1"),
        ("story", "9" * 30),
    ],
)
@pytest.mark.parametrize("path", [LOG, CSV])
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_shown(
    cast: Cast, story: Story, field: str, typed: str, path: str
) -> None:
    page = signed_in(cast.owner).get(path, {field: typed})
    assert page.status_code == 422
    assert part(page, f"id_{field}_error")
    assert "Until then, nothing is shown." in words(part(page, "main"))
    assert not [name for name in ids(page) if name.startswith("entry-")]


@pytest.mark.once
def test_a_period_that_ends_before_it_begins_is_refused(cast: Cast) -> None:
    page = signed_in(cast.owner).get(LOG, {"since": "2026-03-05", "until": "2026-03-04"})
    assert page.status_code == 422
    assert "before the first day" in words(part(page, "id_until_error"))
    assert 'value="2026-03-05"' in text_of(page)


# Paging, and what it costs


def fill(cast: Cast, number: int) -> None:
    """As if nothing but submitting had ever been done, all of it in the same moment."""
    story, at = make_story(author=make_member(team=cast.team), state="pending"), timezone.now()
    entry = story.audit_log.get()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            story=story, actor=entry.actor, action="edit", from_state="published", to_state="published", revision=1,
            body=f"Text {place}.", created_at=at - timedelta(minutes=place // 3),
        )
        for place in range(number)
    )  # fmt: skip


def pages(cast: Cast, **wanted: Any) -> Iterator[list[int]]:
    client, path = signed_in(cast.owner), LOG
    data: dict[str, Any] | None = wanted
    while path:
        page = client.get(path, data)
        yield [int(name.removeprefix("entry-")) for name in ids(page) if name.startswith("entry-")]
        older = [piece for piece in text_of(page).split('"') if piece.startswith(LOG) and "before=" in piece]
        path, data = (older[0].replace("&amp;", "&"), None) if older else ("", None)


def test_pages_go_on_to_the_first_entry_and_keep_the_filter(cast: Cast) -> None:
    fill(cast, 2 * LOG_PAGE + 3)
    found = list(pages(cast, action="edit"))
    assert [len(page) for page in found] == [LOG_PAGE, LOG_PAGE, 3]
    newest = AuditEntry.objects.filter(action="edit").order_by("-created_at", "-pk")
    assert list(itertools.chain(*found)) == list(newest.values_list("pk", flat=True))


@pytest.mark.once
@pytest.mark.parametrize("cursor", ["", "x", "-1", "1-1-1", "٣-٣", "9" * 30])
def test_a_cursor_that_makes_no_sense_reads_from_the_top(cast: Cast, story: Story, cursor: str) -> None:
    assert len(lines(cast.owner, before=cursor)) == 2


@pytest.mark.once
def test_an_empty_log_says_so_and_so_do_its_end_and_a_filter_that_finds_nothing(cast: Cast, story: Story) -> None:
    def main(**wanted: str) -> str:
        return words(part(signed_in(cast.owner).get(LOG, wanted), "main"))

    assert "The log ends here." in main(before="1-1")
    assert "Nothing in the log matches the filter." in main(action="spam")
    story.delete()
    assert "Nothing has happened yet." in main()


@pytest.mark.once
def test_twice_the_entries_cost_the_same_queries(cast: Cast) -> None:
    client = signed_in(cast.moderator)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            answer: Any = client.get(path)
            assert answer.status_code == 200
            if answer.streaming:
                b"".join(answer.streaming_content)
        return len(captured)

    fill(cast, 5)
    cost(LOG)  # the session notes the role once
    before = cost(LOG), cost(CSV)
    fill(cast, 10)
    assert (cost(LOG), cost(CSV)) == before
    assert before[0] <= 9


def plan(statement: str, params: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement}", params)
        return "\n".join(str(row) for row in cursor.fetchall())


def test_the_log_is_read_by_an_index_in_its_own_order(cast: Cast, story: Story) -> None:
    fill(cast, 3_000)  # of a short log, a database reads everything
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    entries = log_of(cast.owner)[: LOG_PAGE + 1]
    read = plan(*entries.query.sql_with_params())
    assert "audit_by_time" in read
    assert "TEMP B-TREE" not in read


# The table


@pytest.mark.once
def test_the_table_opens_in_a_spreadsheet_and_is_kept_by_nobody(cast: Cast, story: Story) -> None:
    answer: Any = signed_in(cast.owner).get(CSV)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert answer.streaming
    assert answer["Content-Disposition"].startswith('attachment; filename="harbour-team-decisions-')
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbfWhen,Who,What,Story,Author,Reason,")
    published, submitted = rows(content.decode("utf-8-sig"))
    assert (published["Who"], published["What"], published["Story"]) == ("Mo Moderator", "published", str(story.pk))
    assert (submitted["Who"], submitted["Text as it was"]) == ("Mia Member", "Held the door, and my tongue.")


@pytest.mark.once
@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", "\t=", "\r=", " =", "\ufeff="])
def test_no_cell_is_a_formula(cast: Cast, begin: str) -> None:
    story = make_story(author=cast.member, state="pending")
    story.return_for_change(by=cast.moderator, revision=1, message=f"{begin}1+1")
    User.objects.filter(pk=cast.moderator.user_id).update(name=f"{begin}cmd")
    returned, harmless = table(cast.owner)[0], f"{begin[:-1]}'{begin[-1]}"
    assert (returned["What has to change"], returned["Who"]) == (f"{harmless}1+1", f"{harmless}cmd")


SEPARATORS = (",", ";", "\t", "|", ":", " ", "_", "/", "\n", "\r\n", "\u2028", ";;", '";"', "; '", "，")


@pytest.mark.once
@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_part_of_a_cell_is_a_formula_at_whatever_separator_it_is_split(cast: Cast, separator: str) -> None:
    """Which one that is follows the country that a spreadsheet is set for."""
    body = separator.join(["Thanks", "=1+1", "@SUM(A1)", "ok"])
    make_story(author=cast.member, state="pending", body=body)
    response: Any = signed_in(cast.owner).get(CSV)
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "'=1+1" in content
    assert not [one for one in content.split(separator) if one.strip('" \r\n\t').startswith(("=", "+", "-", "@"))]


@pytest.mark.once
def test_words_stay_readable_in_the_table() -> None:
    plain = "See https://example.org/?a=1&b=2, or write to ana-maria@example.org. 1+1=2, 2026-05-31 10:00."
    assert harmless(plain) == plain
    assert harmless("- first\n- second") == "'- first\n'- second"
    assert harmless("--- cut here") == "'--- cut here"


@pytest.mark.once
def test_a_letter_an_undoing_and_lines_of_text_are_in_the_table(cast: Cast) -> None:
    story = make_story(author=cast.member, state="pending", body='One "line",\nand another.')
    story.decline(by=cast.moderator, revision=1, reason="Advertising", **LETTER)
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    undoing, declined, _submitted = table(cast.owner)
    assert declined["Text as it was"] == 'One "line",\nand another.'
    assert [declined[column] for column in list(declined)[5:10]] == ["Advertising", *LETTER.values()]
    assert (declined["Undone by"], undoing["Undone by"]) == ("Mo Moderator", "")
    assert declined["Undone at"] == undoing["When"]


def test_a_table_longer_than_one_reading_misses_and_doubles_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, 25)
    monkeypatch.setattr("moderation.log.CSV_BATCH", 4)
    texts = [row["Text as it was"] for row in rows("".join(as_table(log_of(cast.owner))).removeprefix("\ufeff"))]
    assert len(texts) == len(set(texts)) == 26


@pytest.mark.once
def test_the_table_speaks_the_language_and_keeps_the_clock_of_whoever_asked(cast: Cast, story: Story) -> None:
    with translation.override("de"), timezone.override("Asia/Tokyo"):
        pieces = as_table(log_of(cast.owner))
    assert translation.get_language() == "en"
    table = "".join(pieces)
    latest = AuditEntry.objects.latest("pk").created_at
    assert f"{latest + timedelta(hours=9):%Y-%m-%d %H:%M:%S}" in table
    with translation.override("de"):
        assert AuditEntry.objects.latest("pk").past in table
    assert translation.get_language() == "en"
