"""What takes its time: packing what is large, telling that it is ready, and going after a day's grace."""

from tempfile import TemporaryFile

from django.db import transaction
from django.tasks import task
from django.urls import reverse

from accounts.models import User
from archives.models import AccountDeletion, Export
from archives.personal_export import pack_mine
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
                pack_mine(export.person, file)
            else:
                pack_team(export.team, file)
            with transaction.atomic():
                export.keep(file)
                mail_export_ready.enqueue(export.pk)
    except Exception:
        export.fail()
        raise


@mail_task
def mail_export_ready(export_pk: int) -> None:
    export = Export.objects.ready().select_related("person", "team").filter(pk=export_pk).first()
    if export is None:
        return
    path = reverse("export_team", args=[export.team.slug]) if export.team else reverse("my_data")
    context = {"export": export, "path": path}
    write(export.person.email, "archives/mail/export_ready", context, language=export.person.language)


@mail_task
def mail_deletion_asked(person_pk: int) -> None:
    asked = AccountDeletion.objects.select_related("person").filter(pk=person_pk).first()
    if asked is None:
        return
    context = {"asked": asked, "path": reverse("delete_account")}
    write(asked.person.email, "archives/mail/deletion_asked", context, language=asked.person.language)


@task
def delete_account(person_pk: int) -> None:
    delete_if_due(person_pk)


def delete_if_due(person_pk: int) -> bool:
    gone = AccountDeletion.carry_out(person_pk)
    if gone is not None:
        say_done(gone)
    return gone is not None


def say_done(gone: User) -> None:
    """The last mail. Its address is kept, encrypted, only until it has been sent."""
    write_later(gone.email, "archives/mail/deletion_done", {}, language=gone.language)
