"""The team's log in sentences, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Field
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.addresses import readable_domain
from accounts.models import Role, Team, TeamEntry, Trust, User
from accounts.names import isolated

TeamAction = TeamEntry.Action

# Sentences that need no more than the actor, the subject and one detail.
TEAM_LOG_SENTENCES = {
    TeamAction.START: gettext_lazy("{who} started the team."),
    TeamAction.DOMAIN_DROP: gettext_lazy("{who} no longer lets people in by an address at {domain}."),
    TeamAction.LINK_MAKE: gettext_lazy("{who} made the link {link}… to join by. Role: {role}."),
    TeamAction.LINK_REVOKE: gettext_lazy("{who} revoked the link {link}…"),
    TeamAction.INVITE_REVOKE: gettext_lazy("{who} revoked an invitation."),
    TeamAction.ROLE: gettext_lazy("{who} changed the role of {whom} from {before} to {after}."),
    TeamAction.HAND_OVER: gettext_lazy("{who} handed the team over to {whom}."),
    TeamAction.LEAVE: gettext_lazy("{who} left the team."),
    TeamAction.REMOVE: gettext_lazy("{who} removed {whom} from the team."),
    TeamAction.EXPORT: gettext_lazy("{who} exported the whole team."),
    TeamAction.CONNECT: gettext_lazy("{who} connected the channel {channel} at {host}."),
    TeamAction.DISCONNECT: gettext_lazy("{who} disconnected the channel {channel} at {host}."),
    TeamAction.IMPORT: gettext_lazy("{who} imported the team from another installation."),
}
JOINED_SENTENCES = {
    "link": gettext_lazy("{who} joined by a link. Role: {role}."),
    "invitation": gettext_lazy("{who} joined by an invitation. Role: {role}."),
    "domain": gettext_lazy("{who} joined by the domain of their address. Role: {role}."),
    "open": gettext_lazy("{who} joined. Role: {role}."),
}
# The reason is left out: it would reveal that a story was marked as spam.
TRUSTED = {
    Trust.USUAL: gettext_lazy("{who} went back to the team’s rule for the stories of {whom}."),
    Trust.TRUSTED: gettext_lazy("{who} trusts {whom}: their stories are published at once."),
    Trust.ALWAYS: gettext_lazy("{who} asked that a moderator reads the stories of {whom} first."),
}
TOLD = gettext_lazy("{who} asked that a moderator reads the stories of {whom} first, and let them know.")


@dataclass(frozen=True, slots=True)
class TeamLogLine:
    """One row of the log as it is read."""

    entry: TeamEntry
    sentence: SafeString
    details: Sequence[str] = ()

    @property
    def day(self) -> date:
        """Return the day in the reader's time zone."""
        return timezone.localdate(self.entry.created_at)


def line_of(entry: TeamEntry) -> TeamLogLine:
    """Return the entry as a line of the log. People whose accounts are deleted appear without a name."""
    if entry.action == TeamAction.REASONS:
        details = reasons_changed(as_texts(entry.detail.get("from")), as_texts(entry.detail.get("to")))
        return TeamLogLine(entry, log_sentence(_("{who} changed the list of reasons."), entry), details)
    if entry.action == TeamAction.CHANGE:
        if entry.detail.get("field") == "watch_words":
            before, after = (as_lines(entry.detail.get(end)) for end in ("from", "to"))
            return TeamLogLine(
                entry, log_sentence(_("{who} changed the watch words."), entry), words_changed(before, after)
            )
        return TeamLogLine(entry, change_sentence(entry))
    if entry.action == TeamAction.DOMAIN_ADD:
        by_themselves = _("{who} lets people with an address at {domain} join by themselves.")
        when_they_ask = _("{who} lets people with an address at {domain} join.")
        return TeamLogLine(
            entry, log_sentence(by_themselves if entry.detail.get("automatic") else when_they_ask, entry)
        )
    if entry.action == TeamAction.TRUST:
        to = entry.detail.get("to")
        if entry.detail.get("told") is True:
            return TeamLogLine(entry, log_sentence(str(TOLD), entry))
        words = str(TRUSTED[Trust(to)]) if to in Trust.values else _("{who} changed how far {whom} is trusted.")
        return TeamLogLine(entry, log_sentence(words, entry))
    if entry.action == TeamAction.INVITE:
        number = as_number(entry.detail.get("people"))
        invited = ngettext(
            "{who} invited {people} person by e-mail. Role: {role}.",
            "{who} invited {people} people by e-mail. Role: {role}.",
            number,
        )
        return TeamLogLine(entry, log_sentence(invited, entry, people=number))
    sentences: dict[str, Any] = JOINED_SENTENCES if entry.action == TeamAction.JOIN else TEAM_LOG_SENTENCES  # type: ignore[assignment]
    key = str(entry.detail.get("by", "open")) if entry.action == TeamAction.JOIN else entry.action
    return TeamLogLine(entry, log_sentence(str(sentences.get(key, JOINED_SENTENCES["open"])), entry))


def log_sentence(words: str, entry: TeamEntry, **more: Any) -> SafeString:
    detail = entry.detail
    return format_html(
        words,
        who=name(entry.actor, _("The operator") if detail.get("by") == "command" else _("Somebody who has left")),
        whom=name(entry.subject, pgettext("in the middle of a sentence", "somebody who has left")),
        role=role_label(detail.get("role", "")),
        domain=strong(readable_domain(str(detail.get("domain", "")))),
        link=strong(detail.get("link", "")),
        channel=strong(detail.get("channel", "")),
        host=strong(detail.get("host", "")),
        **{"before": role_label(detail.get("from", "")), "after": role_label(detail.get("to", "")), **more},
    )


def change_sentence(entry: TeamEntry) -> SafeString:
    field, before, after = str(entry.detail.get("field", "")), entry.detail.get("from"), entry.detail.get("to")
    if isinstance(after, bool):
        words = _("{who} switched on: {field}.") if after else _("{who} switched off: {field}.")
    elif before in ("", None):
        words = _("{who} set: {field}. It is now “{after}”.")
    elif after in ("", None):
        words = _("{who} cleared: {field}. It was “{before}”.")
    else:
        words = _("{who} changed: {field}. It was “{before}”, and is now “{after}”.")
    values = {"before": strong(value_label(field, before)), "after": strong(value_label(field, after))}
    return log_sentence(words, entry, field=field_label(field), **values)


def reasons_changed(before: Sequence[str], after: Sequence[str]) -> list[str]:
    added = [reason for reason in after if reason not in before]
    dropped = [reason for reason in before if reason not in after]
    return changed(added, dropped) or [_("Other words, or another order.")]


def words_changed(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return changed([word for word in after if word not in before], [word for word in before if word not in after])


def changed(added: Sequence[str], dropped: Sequence[str]) -> list[str]:
    details = []
    if added:
        details.append(_("Added: %(reasons)s") % {"reasons": quoted(added)})
    if dropped:
        details.append(_("Removed: %(reasons)s") % {"reasons": quoted(dropped)})
    return details


def quoted(texts: Sequence[str]) -> str:
    return ", ".join(_("“%(text)s”") % {"text": text} for text in texts)


def as_texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def as_lines(value: Any) -> list[str]:
    return value.splitlines() if isinstance(value, str) else []


def as_number(value: Any) -> int:
    return value if isinstance(value, int) else 1


def field_label(field: str) -> str:
    """Return the label of a team's field, or its name where this version does not know the field."""
    column = team_field(field)
    return str(column.verbose_name) if column else field


def value_label(field: str, value: Any) -> str:
    column = team_field(field)
    choices = column.flatchoices if column else []
    return str(next((label for key, label in choices if key == value), value))


def team_field(name: str) -> Field[Any, Any] | None:
    return next((column for column in Team._meta.concrete_fields if column.name == name), None)


def role_label(key: Any) -> str:
    return str(Role(key).label) if key in Role.values else str(key)


def name(person: User | None, gone: str) -> SafeString | str:
    return strong(person.name) if person else gone


def strong(text: str) -> SafeString:
    return format_html("<strong>{}</strong>", isolated(text))
