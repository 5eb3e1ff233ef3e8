"""Forms for a person's own profile, picture and choices."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Self
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from accounts.forms.fields import LineField
from accounts.models import DepartureChoice, Team, User
from accounts.pictures import small_square

# Regions of the time zone database where people live; its other names are former ones and abbreviations.
REGIONS = {
    "Africa": gettext_lazy("Africa"),
    "America": gettext_lazy("America"),
    "Antarctica": gettext_lazy("Antarctica"),
    "Arctic": gettext_lazy("Arctic"),
    "Asia": gettext_lazy("Asia"),
    "Atlantic": gettext_lazy("Atlantic"),
    "Australia": gettext_lazy("Australia"),
    "Europe": gettext_lazy("Europe"),
    "Indian": gettext_lazy("Indian Ocean"),
    "Pacific": gettext_lazy("Pacific"),
}
Choices = list[tuple[str, Any]]


@lru_cache(maxsize=1)
def time_zones() -> dict[str, Choices]:
    """Return each region's zones with the names of their places, from the system's time zone database."""
    zones: dict[str, Choices] = {region: [] for region in REGIONS}
    for zone in sorted(available_timezones()):
        region, _slash, place = zone.partition("/")
        if region in zones:
            zones[region].append((zone, place.replace("_", " ").replace("/", ", ")))
    return zones


def time_zone_choices() -> Choices:
    usual = gettext("As this wall is set (%(zone)s)") % {"zone": settings.TIME_ZONE}
    regions = [(str(REGIONS[region]), zones) for region, zones in time_zones().items() if zones]
    return [("", usual), *regions, ("UTC", "UTC")]


def language_choices() -> Choices:
    """Return each language with its name in that language."""
    return [("", gettext("As my browser asks")), *settings.LANGUAGES]


class ProfileForm(forms.ModelForm):
    name = LineField(
        label=gettext_lazy("Your name"),
        max_length=80,
        help_text=gettext_lazy("It is shown under your stories, also under those that are published already."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=language_choices, required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=time_zone_choices,
        required=False,
        help_text=gettext_lazy("Dates and times are shown in this time zone."),
    )

    class Meta:
        model = User
        fields: ClassVar = ["name", "language", "time_zone", "theme", "single_keys"]
        labels: ClassVar = {
            "theme": gettext_lazy("Appearance"),
            "single_keys": gettext_lazy("Single keys work on walls and at the moderators’ desk"),
        }

    def save_fields(self) -> None:
        """Save only the fields of this form."""
        self.instance.save(update_fields=list(self.fields))


class PictureForm(forms.Form):
    picture = forms.FileField(
        label=gettext_lazy("Choose a picture"),
        help_text=gettext_lazy(
            "JPEG, PNG, WebP, GIF or AVIF, at most 8 MB. We keep a small square from its middle, and nothing else: "
            "not where or when it was taken."
        ),
        error_messages={
            "required": gettext_lazy("Choose a picture first."),
            "empty": gettext_lazy("This file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"}),
    )

    def clean_picture(self) -> bytes:
        return small_square(self.cleaned_data["picture"])


class DepartureChoiceForm(forms.Form):
    choice = forms.ChoiceField(
        label=gettext_lazy("When you leave, your published stories"),
        choices=DepartureChoice.Choice.choices,
        widget=forms.RadioSelect,
    )

    @classmethod
    def about(cls, team: Team, wishes: Mapping[int, str]) -> Self:
        """Return the form for one team, of several on a page."""
        choice = wishes.get(team.pk, DepartureChoice.Choice.NAMED)
        return cls(initial={"choice": choice}, auto_id=f"id_team_{team.pk}_%s")
