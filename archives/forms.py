"""Forms for deleting an account and for importing a team."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import DepartureChoice, User
from archives.models.deletion import AffectedTeam
from archives.parse import Archive, open_archive
from archives.rows import Unreadable


class AccountDeletionForm(forms.Form):
    """A choice, for each team where stories of the person are published, of what happens to these."""

    def __init__(self, *args: Any, person: User, affected_teams: list[AffectedTeam], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.with_choice = [affected for affected in affected_teams if affected.story_count and not affected.ends_team]
        wishes = DepartureChoice.choices_of(person)
        for affected in self.with_choice:
            self.fields[f"team-{affected.team.pk}"] = forms.ChoiceField(
                label=affected.team.name,
                choices=DepartureChoice.Choice.choices,
                initial=wishes.get(affected.team.pk, DepartureChoice.Choice.NAMED),
                widget=forms.RadioSelect,
            )

    @property
    def questions(self) -> list[tuple[AffectedTeam, forms.BoundField]]:
        return [(affected, self[f"team-{affected.team.pk}"]) for affected in self.with_choice]

    @property
    def choices(self) -> dict[int, str]:
        return {affected.team.pk: self.cleaned_data[f"team-{affected.team.pk}"] for affected in self.with_choice}

    @property
    def chosen(self) -> list[tuple[AffectedTeam, str]]:
        return [(affected, self.choices[affected.team.pk]) for affected in self.with_choice]


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("The team’s archive"),
        help_text=_(
            "The zip file as Kindwall packed it, at most 30 MB and about 5,000 stories. "
            "Larger ones come in by manage.py import_team."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )
    slug = forms.SlugField(
        label=_("Its address here"),
        required=False,
        max_length=50,
        help_text=_("Leave it empty to keep the one it has."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_file(self) -> Archive:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            return open_archive(file.file)  # type: ignore[arg-type]
        except Unreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from None

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()
