"""Pack a whole team as an archive. docs/exports.md describes the format; archives/parse.py reads it."""

from collections.abc import Iterator
from itertools import count
from typing import IO, Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import DepartureChoice, Membership, Picture, Reason, Team, TeamDomain, TeamEntry, User
from archives import fields
from archives.rows import archive_row, plain_value
from archives.zip_file import Member, json_pieces, pack, render_page
from stories.models import (
    Assignment,
    AuditEntry,
    ModeratorNote,
    Reaction,
    Report,
    SentStory,
    State,
    Story,
    Uplift,
)
from stories.models.choices import REVERSIBLE_ACTIONS

MOST_ROWS_SENT_AT_ONCE = 2_000  # rows; more are packed in the background
EXPORT_BATCH = 1_000  # rows in memory at once
# Entries about exports and imports concern this installation alone.
ARCHIVE_ACTIONS = (TeamEntry.Action.EXPORT, TeamEntry.Action.IMPORT)


def is_small_team(team: Team) -> bool:
    many = (
        Story.objects.filter(team=team),
        AuditEntry.objects.filter(story__team=team),
        Uplift.objects.filter(story__team=team),
        Reaction.objects.filter(story__team=team),
        Report.objects.filter(story__team=team),
        ModeratorNote.objects.filter(story__team=team),
        TeamEntry.objects.filter(team=team),
    )
    return sum(rows.count() for rows in many) <= MOST_ROWS_SENT_AT_ONCE


def pack_team(team: Team, file: IO[bytes], *, with_drafts: bool = False) -> None:
    pack(file, TeamArchive(team, with_drafts=with_drafts).members())


class TeamArchive:
    """The archive of one team, read while the team is in use.

    A row that refers to a person or a story that came after the start is left out. So are reasons of moderators' own,
    which are in each moderator's own export, and claims, which lapse within minutes.
    """

    def __init__(self, team: Team, *, with_drafts: bool) -> None:
        self.team = team
        self.with_drafts = with_drafts
        self.people = list(self._people_concerned())
        self.known = {person.pk for person in self.people}
        self.stories: set[int] = set()
        self.decisions: dict[
            int, int
        ] = {}  # their places in the archived log, for entries and reports that refer to them

    def members(self) -> Iterator[Member]:
        yield "team.json", json_pieces(self.document())
        yield "index.html", self._page()
        for picture in Picture.objects.filter(user__in=self._members()).order_by("pk").iterator(EXPORT_BATCH):
            if picture.pk in self.known:
                yield f"pictures/{picture.pk}.webp", [bytes(picture.webp)]

    def document(self) -> dict[str, Any]:
        """Return the document, whose long sections are iterators that have to be read in this order."""
        team = self.team
        return {
            "format": fields.FORMAT,
            "version": fields.VERSION,
            "exported_at": plain_value(timezone.now()),
            "team": archive_row(team, fields.TEAM_ARCHIVE_COLUMNS),
            "former_slugs": sorted(team.former_slugs.values_list("slug", flat=True)),
            "reasons": [
                archive_row(reason, fields.REASON)
                for reason in Reason.objects.filter(team=team, user=None).order_by("position")
            ],
            "domains": [archive_row(domain, fields.DOMAIN) for domain in TeamDomain.objects.of(team)],
            "people": self._people(),
            "stories": self._stories(),
            "audit": self._audit(),
            "uplifts": self._reactions(Uplift, fields.UPLIFT_COLUMNS),
            "reactions": self._reactions(Reaction, fields.REACTION),
            "reports": self._reports(),
            "assignments": self._assignments(),
            "moderator_notes": self._moderator_notes(),
            "log": self._log(),
        }

    def _members(self) -> Any:
        return Membership.objects.filter(team=self.team).values("user")

    def _people_concerned(self) -> Any:
        """Return the people in the team, and those who left something in it."""
        concerned = [
            self._members(),
            Story.objects.filter(team=self.team).values("author"),
            AuditEntry.objects.filter(story__team=self.team).values("actor"),
            Uplift.objects.filter(story__team=self.team).values("user"),
            Reaction.objects.filter(story__team=self.team).values("user"),
            Report.objects.filter(story__team=self.team).values("reporter"),
            Assignment.objects.filter(story__team=self.team).values("moderator"),
            Assignment.objects.filter(story__team=self.team).values("assigned_by"),
            ModeratorNote.objects.filter(story__team=self.team).values("moderator"),
            TeamEntry.objects.filter(team=self.team).exclude(action__in=ARCHIVE_ACTIONS).values("actor"),
            TeamEntry.objects.filter(team=self.team).exclude(action__in=ARCHIVE_ACTIONS).values("subject"),
        ]
        any_of_them = Q()
        for people in concerned:
            any_of_them |= Q(pk__in=people)
        return User.objects.filter(any_of_them).order_by("pk")

    def _people(self) -> Iterator[dict[str, Any]]:
        """Yield the people, with an address only for those in the team, who are recognised by it elsewhere."""
        memberships = {membership.user_id: membership for membership in Membership.objects.filter(team=self.team)}
        choices = dict(DepartureChoice.objects.filter(team=self.team).values_list("user", "choice"))
        for person in self.people:
            membership = memberships.get(person.pk)
            yield {
                "id": person.pk,
                **archive_row(person, fields.PERSON_COLUMNS),
                "email": person.email if membership else None,
                "membership": archive_row(membership, fields.MEMBERSHIP) if membership else None,
                "parting": choices.get(person.pk),
            }

    def _stories(self) -> Iterator[dict[str, Any]]:
        stories = Story.objects.filter(team=self.team).order_by("pk")
        if not self.with_drafts:
            # Only its author may read a draft, or what is typed into a story that was returned.
            stories = stories.exclude(state=State.DRAFT)
        # A story comes before its edits.
        for part in (stories.filter(edit_of=None), stories.exclude(edit_of=None)):
            for story in part.iterator(EXPORT_BATCH):
                if story.state == State.RETURNED and not self.with_drafts:
                    story = SentStory.of(story)
                author_known = story.author_id is None or story.author_id in self.known
                if author_known and (story.edit_of_id is None or story.edit_of_id in self.stories):
                    self.stories.add(story.pk)
                    links = {"author": story.author_id, "edit_of": story.edit_of_id}
                    yield {"id": story.pk, **links, **archive_row(story, fields.STORY_ARCHIVE_COLUMNS)}

    def _audit(self) -> Iterator[dict[str, Any]]:
        places = count(1)
        for entry in AuditEntry.objects.filter(story__team=self.team).order_by("pk").iterator(EXPORT_BATCH):
            undoes = self._decision(entry.undoes_id)
            if entry.story_id not in self.stories or (entry.undoes_id and not undoes):
                continue
            place = next(places)
            if entry.action in REVERSIBLE_ACTIONS:
                self.decisions[entry.pk] = place
            about = {"id": place, "story": entry.story_id, "actor": self._person(entry.actor_id), "undoes": undoes}
            yield {**about, **archive_row(entry, fields.AUDIT)}

    def _reactions(self, model: type[Uplift] | type[Reaction], names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        for reaction in model._default_manager.filter(story__team=self.team).order_by("pk").iterator(EXPORT_BATCH):
            if reaction.story_id in self.stories and reaction.user_id in self.known:
                yield {"story": reaction.story_id, "person": reaction.user_id, **archive_row(reaction, names)}

    def _reports(self) -> Iterator[dict[str, Any]]:
        for report in Report.objects.filter(story__team=self.team).order_by("pk").iterator(EXPORT_BATCH):
            if report.story_id in self.stories and report.reporter_id in self.known:
                about = {"story": report.story_id, "person": report.reporter_id}
                yield {**about, "answer": self._decision(report.decision_id), **archive_row(report, fields.REPORT)}

    def _assignments(self) -> Iterator[dict[str, Any]]:
        """Yield the assignments to moderators that no decision has ended; an import refuses one to anybody else."""
        moderators = Membership.objects.filter(team=self.team).moderators().values("user")
        assignments = Assignment.objects.open().filter(story__team=self.team, moderator__in=moderators)
        for one in assignments.order_by("pk").iterator(EXPORT_BATCH):
            if one.story_id in self.stories:
                by = self._person(one.assigned_by_id)
                about = {"story": one.story_id, "person": one.moderator_id, "by": by}
                yield {**about, **archive_row(one, fields.ASSIGNMENT)}

    def _moderator_notes(self) -> Iterator[dict[str, Any]]:
        for note in ModeratorNote.objects.filter(story__team=self.team).order_by("pk").iterator(EXPORT_BATCH):
            if note.story_id in self.stories:
                about = {"story": note.story_id, "person": self._person(note.moderator_id)}
                yield {**about, **archive_row(note, fields.NOTE_COLUMNS)}

    def _log(self) -> Iterator[dict[str, Any]]:
        entries = TeamEntry.objects.filter(team=self.team).exclude(action__in=ARCHIVE_ACTIONS).order_by("pk")
        for entry in entries.iterator(EXPORT_BATCH):
            people = {"actor": self._person(entry.actor_id), "subject": self._person(entry.subject_id)}
            yield {**people, **archive_row(entry, fields.LOG)}

    def _person(self, pk: int | None) -> int | None:
        return pk if pk in self.known else None

    def _decision(self, pk: int | None) -> int | None:
        return None if pk is None else self.decisions.get(pk)

    def _page(self) -> Iterator[bytes]:
        """Yield the page that shows the wall, newest story first, in pieces."""
        published = Story.objects.of(self.team).published().with_author().newest_first()
        context = {"team": self.team, "number": published.count(), "exported_at": timezone.now()}
        yield render_page("wall.html#top", context)
        for story in published.iterator(EXPORT_BATCH):
            yield render_page("wall.html#story", {"story": story})
        yield render_page("wall.html#end", context)
