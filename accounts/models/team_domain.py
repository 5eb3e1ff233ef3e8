"""Domains of e-mail addresses whose people may join a team."""

from typing import ClassVar, Self

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.log import TeamEntry
from accounts.models.membership import Membership
from accounts.models.refusal import Refused
from accounts.models.team import Team
from accounts.models.user import User

# Anybody can have an address there, so that it proves nothing about a person.
PUBLIC_DOMAINS = frozenset(
    """
    aol.com arcor.de duck.com fastmail.com freenet.de free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
    googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de icloud.com laposte.net libero.it live.com mac.com
    mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com orange.fr outlook.com outlook.de pm.me posteo.de
    posteo.net privaterelay.appleid.com proton.me protonmail.com qq.com t-online.de tutanota.com tuta.com
    users.noreply.github.com web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru
    ymail.com zoho.com 126.com 163.com
    """.split()  # noqa: SIM905 - a list of quoted words would be a page
)


class TeamDomainQuerySet(models.QuerySet["TeamDomain"]):
    def of(self, team: Team) -> Self:
        return self.filter(team=team).order_by("domain")


class TeamDomain(models.Model):
    """An e-mail domain whose people may join: example.org for ana@example.org, and no subdomain of it."""

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="domains")
    domain = models.CharField(max_length=253)
    automatic = models.BooleanField(default=False, help_text="They join by themselves when they sign in.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TeamDomainQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "domain"], name="team_domain_once"),
            # Otherwise any owner with an address there could make all its people join another team.
            models.UniqueConstraint(fields=["domain"], condition=Q(automatic=True), name="team_domain_automatic_once"),
            models.CheckConstraint(condition=Q(domain=models.functions.Lower("domain")), name="team_domain_lower_case"),
        ]

    def __str__(self) -> str:
        return self.domain

    @classmethod
    def add(cls, domain: str, *, automatic: bool, by: Membership) -> "TeamDomain":
        """Let people with an address at this domain join. Adding it again changes only `automatic`.

        Raises Refused for a public mail service, where the acting owner has no confirmed address themself
        (nobody opens a team to people whom they are not one of), and where people with an address there
        join another team by themselves.
        """
        if domain in PUBLIC_DOMAINS:
            raise Refused(_("Anybody can have an address there, so it would let everybody in."))
        if not has_address_at(by.user, domain):
            raise Refused(_("Confirm an address of your own there first. Only your own domains can be added."))
        try:
            return cls._add_or_update(domain, automatic, by)
        except IntegrityError:
            if not cls.objects.filter(domain=domain, automatic=True).exclude(team=by.team).exists():
                raise
            raise Refused(
                _("People with an address there join another team by themselves, and only one team can have that.")
            ) from None

    @classmethod
    @transaction.atomic
    def _add_or_update(cls, domain: str, automatic: bool, by: Membership) -> "TeamDomain":
        current, new = cls.objects.select_for_update().get_or_create(
            team=by.team, domain=domain, defaults={"automatic": automatic}
        )
        if new or current.automatic != automatic:
            current.automatic = automatic
            current.save(update_fields=["automatic"])
            detail = {"domain": domain, "automatic": automatic}
            TeamEntry.write(by.team, by.user, TeamEntry.Action.DOMAIN_ADD, detail=detail)
        return current

    def drop(self, *, by: Membership) -> bool:
        with transaction.atomic():
            dropped, _per_model = TeamDomain.objects.filter(pk=self.pk).delete()
            if dropped:
                TeamEntry.write(self.team, by.user, TeamEntry.Action.DOMAIN_DROP, detail={"domain": self.domain})
        return bool(dropped)


def has_address_at(user: User, domain: str) -> bool:
    """Return whether the person has confirmed an address at exactly this domain; a subdomain is another one."""
    return domain in user.confirmed_domains
