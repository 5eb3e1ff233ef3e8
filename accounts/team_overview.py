"""A team's rules, each in a sentence that says what follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.addresses import readable_domain
from accounts.models import Joining, Membership, Policy, Reason, Team, TeamDomain, Trust
from accounts.two_factor import without_two_factor


@dataclass(frozen=True, slots=True)
class Rule:
    heading: str
    sentences: list[str]
    page: str  # the name of the address at which an owner changes it


def rules_of(team: Team) -> Iterator[Rule]:
    """Yield the rules in the order of the settings' pages; six queries at most."""
    yield Rule(_("Who can read"), [reading(team)], "settings_wall")
    yield Rule(_("Who may join"), [joining(team), people_in(team)], "settings_joining")
    yield Rule(_("Moderation"), [*moderation(team), watch_words(team), reasons(team)], "settings_moderation")
    yield Rule(_("Mail"), [mail(team)], "settings_mail")
    yield Rule(_("Security"), [security(team)], "settings_security")


def reading(team: Team) -> str:
    if not team.is_public:
        return _("Only people of the team can read the wall.")
    if team.indexed:
        return _("Everybody who has the address can read the wall, and search engines may list it.")
    return _("Everybody who has the address can read the wall. Search engines are asked to leave it out.")


def joining(team: Team) -> str:
    if team.joining == Joining.OPEN:
        return _("Everybody with an account here can join.")
    domains = [readable_domain(domain.domain) for domain in TeamDomain.objects.of(team)]
    if team.joining == Joining.DOMAIN and domains:
        return _("People join by an invitation, or by an e-mail address at %(domains)s.") % {
            "domains": ", ".join(domains)
        }
    return _("People join by an invitation.")


def people_in(team: Team) -> str:
    number = Membership.objects.in_team(team).count()
    counted = ngettext("The team has %(number)d person.", "The team has %(number)d people.", number)
    return counted % {"number": number}


def moderation(team: Team) -> Iterator[str]:
    yield policy(team)
    yield from personal_rules(team)
    able = Membership.objects.able_to_decide(team).not_away().count()
    if able:
        counted = ngettext("%(number)d person can decide today.", "%(number)d people can decide today.", able)
        yield counted % {"number": able}
    else:
        yield _("Nobody can decide today.")
    if hours := team.answer_hours:
        promised = ngettext(
            "Authors read that moderators aim to decide within %(number)d hour.",
            "Authors read that moderators aim to decide within %(number)d hours.",
            hours,
        )
        yield promised % {"number": hours}
    if reports := team.set_aside_after:
        counted = ngettext(
            "%(number)d report hides a story until a moderator has looked at it.",
            "%(number)d reports hide a story until a moderator has looked at it.",
            reports,
        )
        yield counted % {"number": reports}
    else:
        yield _("A reported story stays on the wall until a moderator removes it.")


def policy(team: Team) -> str:
    if team.policy == Policy.EVERYONE:
        return _("Everybody’s stories wait for a moderator.")
    if team.policy == Policy.AFTER:
        return _("Stories are published at once, and moderators read them afterwards.")
    first = ngettext(
        "The first story of a new person waits for a moderator.",
        "The first %(number)d stories of a new person wait for a moderator.",
        team.newcomer_until,
    )
    return first % {"number": team.newcomer_until}


def personal_rules(team: Team) -> Iterator[str]:
    """Yield for whom moderators chose another rule than the team's; one query."""
    counts = Membership.objects.filter(team=team).values_list("trust").annotate(Count("pk")).order_by()
    people: dict[str, int] = dict(counts)
    if (trusted := people.get(Trust.TRUSTED, 0)) and team.policy != Policy.AFTER:
        counted = ngettext(
            "The stories of %(number)d person are published at once, because moderators trust them.",
            "The stories of %(number)d people are published at once, because moderators trust them.",
            trusted,
        )
        yield counted % {"number": trusted}
    if (always := people.get(Trust.ALWAYS, 0)) and team.policy != Policy.EVERYONE:
        counted = ngettext(
            "A moderator always reads the stories of %(number)d person first.",
            "A moderator always reads the stories of %(number)d people first.",
            always,
        )
        yield counted % {"number": always}


def watch_words(team: Team) -> str:
    number = len(team.watch_word_list)
    if not number:
        return _("No word makes a story wait.")
    counted = ngettext(
        "%(number)d watch word makes a story wait for a moderator.",
        "%(number)d watch words make a story wait for a moderator.",
        number,
    )
    return counted % {"number": number}


def reasons(team: Team) -> str:
    number = len(Reason.objects.of(team))
    counted = ngettext(
        "Moderators choose from %(number)d reason when they return, decline or remove a story.",
        "Moderators choose from %(number)d reasons when they return, decline or remove a story.",
        number,
    )
    return counted % {"number": number}


def mail(team: Team) -> str:
    if team.wall_digest:
        return _("Members get a weekly look at the wall by mail, unless they stop it.")
    return _("Members get no weekly look at the wall by mail.")


def security(team: Team) -> str:
    if not team.two_factor_required:
        return _("Moderators and owners need no second factor.")
    lacking = without_two_factor(team)
    if not lacking:
        return _("Moderators and owners need a second factor, and all of them have one.")
    counted = ngettext(
        "Moderators and owners need a second factor. %(number)d of them has none, and counts as a member until then.",
        "Moderators and owners need a second factor. %(number)d of them have none, and count as members until then.",
        lacking,
    )
    return counted % {"number": lacking}
