"""Going for good, and taking a team in."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import Parting, User
from archives.models.deletion import Farewell
from archives.parse import Archive, open_archive
from archives.rows import Unreadable


class GoingForm(forms.Form):
    """For each team where stories of theirs hang, what becomes of these."""

    def __init__(self, *args: Any, person: User, farewells: list[Farewell], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_about = [farewell for farewell in farewells if farewell.hanging and not farewell.ends_team]
        wishes = Parting.wishes_of(person)
        for farewell in self.asked_about:
            self.fields[f"team-{farewell.team.pk}"] = forms.ChoiceField(
                label=farewell.team.name,
                choices=Parting.Choice.choices,
                initial=wishes.get(farewell.team.pk, Parting.Choice.NAMED),
                widget=forms.RadioSelect,
            )

    @property
    def questions(self) -> list[tuple[Farewell, forms.BoundField]]:
        return [(farewell, self[f"team-{farewell.team.pk}"]) for farewell in self.asked_about]

    @property
    def choices(self) -> dict[int, str]:
        return {farewell.team.pk: self.cleaned_data[f"team-{farewell.team.pk}"] for farewell in self.asked_about}

    @property
    def answers(self) -> list[tuple[Farewell, str]]:
        return [(farewell, self.choices[farewell.team.pk]) for farewell in self.asked_about]


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
