"""Writes the domains of addresses as browsers send them: jo@münchen.example becomes jo@xn--mnchen-3ya.example."""

import sys
from typing import Any

import idna
from django.db import migrations
from django.utils import timezone

# Most domains are in ASCII already. Only rows with another letter are read.
OTHER_LETTERS = r"[^\x01-\x7f]"


def in_ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain


def normal(email: str) -> str:
    local, at, domain = email.rpartition("@")
    return local + at + in_ascii(domain)


def write_in_one_form(apps: Any, schema_editor: Any) -> None:
    addresses(apps.get_model("account", "EmailAddress"))
    users(apps.get_model("accounts", "User"), apps.get_model("account", "EmailAddress"))
    invitations(apps.get_model("accounts", "Invitation"))
    domains(apps.get_model("accounts", "TeamDomain"))


def addresses(model: Any) -> None:
    """Of two rows of one person, keep the one that says more; of two people, the first who confirmed the address."""
    for row in model.objects.filter(email__regex=OTHER_LETTERS).order_by("-verified", "pk"):
        email = normal(row.email)
        if email == row.email:
            continue
        same = model.objects.filter(user=row.user_id, email=email).first()
        taken = row.verified and model.objects.filter(email=email, verified=True).exclude(user=row.user_id).exists()
        verified, primary = row.verified and not taken, row.primary
        if same:
            verified, primary = verified or same.verified, primary or same.primary
            row.delete()
            row = same
        row.email, row.verified, row.primary = email, verified, primary
        row.save()


def users(model: Any, address: Any) -> None:
    """Write the main addresses. Where two accounts have the same, the one that confirmed it has it from now on."""
    for user in model.objects.filter(email__regex=OTHER_LETTERS).order_by("pk"):
        email = normal(user.email)
        if email == user.email:
            continue
        other = model.objects.filter(email=email).first()
        if other is not None:
            owner = user if address.objects.filter(user=user, email=email, verified=True).exists() else other
            loser = other if owner is user else user
            loser.email = f"account{loser.pk}@nowhere.invalid"
            loser.save(update_fields=["email"])
            address.objects.filter(user=loser, email=email).delete()
            sys.stderr.write(f"Two accounts had one address: it is of account {owner.pk}, and {loser.pk} has none.\n")
            if loser is user:
                continue
        user.email = email
        user.save(update_fields=["email"])


def invitations(model: Any) -> None:
    """Write the invited addresses. Of two open invitations of a team, the newer one stays open."""
    for row in model.objects.filter(email__regex=OTHER_LETTERS).order_by("pk"):
        email = normal(row.email)
        is_open = row.accepted_at is None and row.revoked_at is None
        others = model.objects.filter(team=row.team_id, email=email, accepted_at=None, revoked_at=None)
        if is_open and others.exclude(pk=row.pk).filter(pk__gt=row.pk).exists():
            row.revoked_at = timezone.now()
        elif is_open:
            others.exclude(pk=row.pk).update(revoked_at=timezone.now())
        row.email = email
        row.save(update_fields=["email", "revoked_at"])


def domains(model: Any) -> None:
    """Write the domains of teams. A domain lets people in automatically to one team only, the first."""
    for row in model.objects.filter(domain__regex=OTHER_LETTERS).order_by("pk"):
        domain = in_ascii(row.domain)
        if domain == row.domain:
            continue
        taken = model.objects.filter(domain=domain, automatic=True).exclude(team=row.team_id).exists()
        same = model.objects.filter(team=row.team_id, domain=domain).first()
        automatic = row.automatic and not taken
        if same:
            automatic = automatic or same.automatic
            row.delete()
            row = same
        row.domain, row.automatic = domain, automatic
        row.save()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_channels"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(write_in_one_form, migrations.RunPython.noop, elidable=True)]
