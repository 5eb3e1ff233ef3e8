"""Notices to an author: decisions on their stories, and what readers gave to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Role
from accounts.notice_kinds import MailPace, NoticeKind, NoticeText, ShownNotice, send_notice
from notices.kinds.words import excerpt_of, local_date, people_in_words, within
from notices.models import Notice
from stories.models import Action, AuditEntry, Reaction, State, Story, Uplift
from stories.models.fields import StoryFields

AUTHOR_SENTENCES: dict[str, Promise] = {
    Action.PUBLISH: _("Your story is published."),
    Action.RETURN: _("A moderator returned your story. Please change something, then it can be published."),
    Action.DECLINE: _("Your story was declined."),
    Action.REMOVE: _("A moderator removed your story from the wall."),
    Action.RESTORE: _("Your story is on the wall again."),
    Action.HIDE: _("Your story is hidden while a moderator reviews it."),
    Action.DISMISS_REPORTS: _("A moderator reviewed your story. It is on the wall again."),
}
SENTENCES_OF_EDITS: dict[str, Promise] = AUTHOR_SENTENCES | {
    Action.PUBLISH: _("The change to your story is published."),
    Action.RETURN: _("A moderator returned the change to your story. Please read why."),
    Action.DECLINE: _("The change to your story was declined."),
}
WITH_A_FIX = _("Your story is published. A moderator fixed a typo in it.")


def decision_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Three queries, and none where there are no notices."""
    entries = AuditEntry.objects.with_story().in_bulk({notice.entry_id for notice in notices})
    fixes = Story.objects.fixes_in([published_text(entry) for entry in entries.values()])
    texts = {}
    for notice in notices:
        entry = entries.get(notice.entry_id)
        if entry is not None and entry.story.author_id == notice.user_id:
            texts[notice.pk] = decision_text(entry, fixes)
    return texts


def decision_text(entry: AuditEntry, fixes: Mapping[int, AuditEntry]) -> NoticeText:
    story, shown = entry.story, published_text(entry)
    sentences = SENTENCES_OF_EDITS if story.edit_of_id else AUTHOR_SENTENCES
    sentence, path = sentences[entry.action], shown.get_absolute_url()
    fix = fixes.get(shown.pk)
    if entry.action == Action.PUBLISH and fix and fix.story_id == story.pk:
        sentence, path = WITH_A_FIX, f"{path}#story-{shown.pk}-fix"
    return NoticeText(str(sentence), path, excerpt_of(story))


def published_text(entry: AuditEntry) -> Story:
    """Return the story whose page shows the decision: of an accepted edit, the story that it changed."""
    story: Story = entry.story
    if story.edit_of and story.state == State.ACCEPTED:
        story.edit_of.team = story.team
        return story.edit_of
    return story


DECISION = NoticeKind(
    name="decision",
    label=_("Decisions on your stories"),
    audience=Role.MEMBER,
    texts=decision_texts,
    usual_pace=MailPace.AT_ONCE,
)


def notify_author(entry: AuditEntry) -> None:
    """Tell the author of a settled decision; a listener of stories.settlement.

    Of reports they hear no more than their own pages show: that the story was hidden, and that it came back.
    """
    story = entry.story
    is_back = entry.action == Action.DISMISS_REPORTS and entry.from_state == State.HIDDEN
    is_for_author = entry.action in AUTHOR_SENTENCES and (is_back or entry.action != Action.DISMISS_REPORTS)
    if story.author_id is None or story.author_id == entry.actor_id or not is_for_author:
        return
    topic = f"decision:{story.pk}"
    about: dict[str, Any] = {"team": story.team_id, "topic": topic, "story": story.pk, "entry": entry.pk}
    send_notice(DECISION, to=[story.author_id], at=entry.settles_at, **about)


def reaction_texts(notices: Sequence[ShownNotice]) -> Mapping[int, NoticeText]:
    """Three queries."""
    stories = Story.objects.with_author_and_team().in_bulk({notice.story_id for notice in notices})
    uplifts, reactions = given_to(Uplift, stories), given_to(Reaction, stories)
    texts = {}
    for notice in notices:
        story = stories.get(notice.story_id)
        if story is None or story.author_id != notice.user_id:
            continue
        lifted, reacted = names_of_givers(uplifts[story.pk], notice), names_of_givers(reactions[story.pk], notice)
        if lifted or reacted:
            texts[notice.pk] = NoticeText(
                reaction_sentence(lifted, reacted), story.get_absolute_url(), excerpt_of(story)
            )
    return texts


def given_to(model: type[Uplift | Reaction], stories: Mapping[int, Story]) -> dict[int, list[Uplift | Reaction]]:
    """Return what members gave to these stories, by story, the first first. One query."""
    found: dict[int, list[Uplift | Reaction]] = defaultdict(list)
    for given in model.objects.filter(story__in=stories).given_by_members():
        found[given.story_id].append(given)
    return found


def names_of_givers(given: Sequence[Uplift | Reaction], notice: ShownNotice) -> list[str]:
    """Return the names of those who gave something in the time of this notice, each once."""
    names = {one.user_id: one.user.name for one in given if notice.created_at <= one.created_at <= notice.updated_at}
    names.pop(notice.user_id, None)
    return list(names.values())


def reaction_sentence(lifted: Sequence[str], reacted: Sequence[str]) -> str:
    names = list(dict.fromkeys([*lifted, *reacted]))
    if not reacted:
        words = ngettext("%(people)s lifted your story.", "%(people)s lifted your story.", len(names))
    elif not lifted:
        words = ngettext("%(people)s reacted to your story.", "%(people)s reacted to your story.", len(names))
    else:
        words = ngettext(
            "%(people)s lifted your story and reacted to it.",
            "%(people)s lifted your story or reacted to it.",
            len(names),
        )
    return words % {"people": people_in_words(names)}


def still_given(model: type[Uplift | Reaction]) -> Exists:
    given = model.objects.filter(
        within("created_at"), story=OuterRef("story"), user__memberships__team=OuterRef("team")
    )
    return Exists(given.exclude(user=OuterRef("user")))


REACTIONS = NoticeKind(
    name="reactions",
    label=_("Uplifts and reactions to your stories"),
    audience=Role.MEMBER,
    texts=reaction_texts,
    paces=(MailPace.DAILY, MailPace.NEVER),
    current=still_given(Uplift) | still_given(Reaction),
)


def notify_author_of_reaction(story: StoryFields, given: Uplift | Reaction) -> None:
    """Tell the author, once for a story and day; what is given later that day only joins the same notice."""
    if story.author_id is None:
        return
    topic = f"reactions:{story.pk}:{local_date(given.created_at)}"
    if not Notice.objects.filter(user=story.author_id, topic=topic).update(updated_at=given.created_at):
        send_notice(
            REACTIONS,
            to=[story.author_id],
            team=story.team_id,
            topic=topic,
            story=story.pk,
            at=given.created_at,
            unread_again=False,
        )
