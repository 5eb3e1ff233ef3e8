"""Background tasks: packing large exports, mails about exports and deletions, and deleting accounts that are due."""

from tempfile import TemporaryFile

from django.core.management import call_command
from django.db import transaction
from django.tasks import task
from django.urls import reverse

from accounts.models import User
from archives.models import AccountDeletion, Export
from archives.personal_export import pack_personal_data
from archives.team_export import pack_team
from kindwall.mail import mail_task, write, write_later


@task
def pack_export(export_pk: int) -> None:
    export = Export.objects.select_related("person", "team").filter(pk=export_pk, ready_at=None).first()
    if export is None:
        return
    try:
        with TemporaryFile() as file:
            if export.team is None:
                pack_personal_data(export.person, file)
            else:
                pack_team(export.team, file)
            with transaction.atomic():
                export.store(file)
                mail_export_ready.enqueue(export.pk)
    except Exception:
        export.fail()
        raise


@mail_task
def mail_export_ready(export_pk: int) -> None:
    export = Export.objects.ready().select_related("person", "team").filter(pk=export_pk).first()
    if export is None or not may_be_mailed(export):
        return
    path = reverse("export_team", args=[export.team.slug]) if export.team else reverse("my_data")
    context = {"export": export, "path": path}
    write(export.person.email, "archives/mail/export_ready", context, language=export.person.language)


@mail_task
def mail_deletion_asked(person_pk: int) -> None:
    deletion = AccountDeletion.objects.select_related("person").filter(pk=person_pk).first()
    if deletion is None or deletion.person.has_no_address:
        return
    context = {"deletion": deletion, "path": reverse("delete_account")}
    write(deletion.person.email, "archives/mail/deletion_asked", context, language=deletion.person.language)


@task
def delete_account(person_pk: int) -> None:
    delete_if_due(person_pk)


@task
def delete_due_accounts() -> None:
    """Delete accounts whose own task was lost, and exports that have expired."""
    call_command("delete_due_accounts", verbosity=0)


def may_be_mailed(export: Export) -> bool:
    """Return whether the mail goes to its person: one that names a team goes to a confirmed address alone."""
    person = export.person
    return person.has_confirmed(person.email) if export.team else not person.has_no_address


def delete_if_due(person_pk: int) -> bool:
    gone = AccountDeletion.carry_out(person_pk)
    if gone is not None:
        mail_deletion_done(gone)
    return gone is not None


def mail_deletion_done(gone: User) -> None:
    """Send the last mail. Its address is stored encrypted, until the mail is sent."""
    if not gone.has_no_address:
        write_later(gone.email, "archives/mail/deletion_done", {}, language=gone.language)
