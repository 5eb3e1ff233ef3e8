"""Forms for a team's settings."""

from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import normal_domain, without_invisible
from accounts.forms.fields import FieldWithFocus, LineField
from accounts.forms.teams import LONGEST_SLUG, validate_slug
from accounts.models import Accent, Joining, Membership, Policy, Refused, TeamDomain, Visibility
from accounts.models.team import slug_is_free
from accounts.two_factor import has_two_factor
from accounts.watch_words import MOST_WATCH_CHARACTERS, clean_watch_words, validate_watch_words

# Not autocomplete="off": a browser then forgets what was typed, too, when its reader comes back to the page.
AS_TYPED = {"autocapitalize": "none", "spellcheck": "false"}


class SettingsForm(forms.Form):
    """A form for some of the team's fields, filled in with their present values.

    Its page also sends the values that it was filled in with. A field that this owner did not change keeps what another
    owner has saved meanwhile, and one that both have changed has an error.
    """

    bound_field_class = FieldWithFocus

    def __init__(self, data: QueryDict | None, *, by: Membership) -> None:
        super().__init__(data, initial={name: getattr(by.team, name) for name in self.base_fields})
        self.by = by
        self.present = {name: as_sent(value) for name, value in self.initial.items()}
        self.before = values_before(self.present, data)

    @classmethod
    def as_typed(cls, data: QueryDict, *, by: Membership) -> Self:
        """Return the form with what was typed, which is neither checked nor saved yet."""
        form = cls(None, by=by)
        if not form.fields.keys().isdisjoint(data):
            form.initial = {
                name: field.widget.value_from_datadict(data, {}, name) for name, field in form.base_fields.items()
            }
            form.before = values_before(form.present, data)
        return form

    @property
    def opens_wider(self) -> bool:
        """Return whether a valid form would let more people join or read than before."""
        return False

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        for name, before in list(self.before.items()):
            if name not in given or before == self.present[name]:
                continue
            if as_sent(given[name]) == before:
                given[name] = self.initial[name]
            elif as_sent(given[name]) != self.present[name]:
                self.add_error(name, self.changed_meanwhile(name))
                self.before[name] = self.present[name]
        return given

    def changed_meanwhile(self, name: str) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        present = choices.get(self.present[name], self.present[name])
        if not present:
            return _("Another owner has emptied this meanwhile. Save again to have yours instead.")
        return _("Another owner has changed this meanwhile: “%(present)s”. Save again to have yours instead.") % {
            "present": present
        }

    def save(self) -> bool:
        """Save what differs. Returns False where nothing does. Raises Refused."""
        wanted = {name: value for name, value in self.cleaned_data.items() if value != self.initial[name]}
        return self.by.team.change(by=self.by, **wanted)


def values_before(present: dict[str, str], data: QueryDict | None) -> dict[str, str]:
    """Return the values that a form was filled in with. A page from before it sent them was filled in with these."""
    return {name: as_sent(data.get(f"before-{name}", value)) if data else value for name, value in present.items()}


def as_sent(value: Any) -> str:
    """Return a field's value as its page sends it."""
    if value is None or isinstance(value, bool):
        return "on" if value else ""
    return str(value).replace("\r\n", "\n")


class AboutForm(SettingsForm):
    name = LineField(label=gettext_lazy("Name"), max_length=80)
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_SLUG,
        help_text=gettext_lazy("Lower-case letters, digits and hyphens. The old address still leads here."),
        widget=forms.TextInput(attrs=AS_TYPED),
    )
    tagline = LineField(
        label=gettext_lazy("Tagline"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("One line under the name, where there is room. Optional."),
    )
    accent = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Accent.choices, widget=forms.RadioSelect)

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        if slug != self.by.team.slug:
            validate_slug(slug)
        if not slug_is_free(slug, besides=self.by.team):
            raise ValidationError(_("Another team has this address, or had it."))
        return slug


class WallForm(SettingsForm):
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who can read the wall"), choices=Visibility.choices, widget=forms.RadioSelect
    )
    indexed = forms.BooleanField(label=gettext_lazy("Search engines may list it"), required=False)

    @property
    def opens_wider(self) -> bool:
        team, wanted = self.by.team, self.cleaned_data
        shown = wanted["visibility"] == Visibility.PUBLIC and not team.is_public
        return shown or (wanted["indexed"] and not team.indexed)

    def clean(self) -> dict[str, Any]:
        """Switch listing by search engines off where the wall is not public."""
        given = super().clean()
        given["indexed"] = given.get("visibility") == Visibility.PUBLIC and given.get("indexed", False)
        return given


class JoiningForm(SettingsForm):
    joining = forms.ChoiceField(label=gettext_lazy("Who may join"), choices=Joining.choices, widget=forms.RadioSelect)

    @property
    def opens_wider(self) -> bool:
        # Each choice includes those before it.
        return Joining.values.index(self.cleaned_data["joining"]) > Joining.values.index(self.by.team.joining)


class DomainForm(forms.Form):
    bound_field_class = FieldWithFocus

    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=253,
        help_text=gettext_lazy("The part after the @, for example example.org."),
        widget=forms.TextInput(attrs=AS_TYPED),
    )
    automatic = forms.BooleanField(label=gettext_lazy("They join by themselves when they sign in"), required=False)

    def clean_domain(self) -> str:
        domain = normal_domain(without_invisible(self.cleaned_data["domain"]).rpartition("@")[2])
        DomainNameValidator(message=_("This does not look like a domain."), accept_idna=False)(domain)
        return domain

    def save(self, *, by: Membership) -> bool:
        """Add the domain. Returns whether that worked; otherwise the form has an error."""
        try:
            TeamDomain.add(self.cleaned_data["domain"], automatic=self.cleaned_data["automatic"], by=by)
        except Refused as refused:
            self.add_error("domain", str(refused))
        return not self.errors


class ModerationForm(SettingsForm):
    policy = forms.ChoiceField(
        label=gettext_lazy("Whose stories does a moderator read first?"),
        choices=Policy.choices,
        widget=forms.RadioSelect,
    )
    newcomer_until = forms.IntegerField(
        label=gettext_lazy("Number of published stories after which somebody is no newcomer any more"),
        min_value=1,
        max_value=50,
    )
    answer_hours = forms.IntegerField(
        label=gettext_lazy("Hours within which moderators aim to decide"),
        min_value=1,
        max_value=336,
        required=False,
        help_text=gettext_lazy("Authors see this aim. A day is 24, a week is 168. Leave it empty to set none."),
    )
    set_aside_after = forms.IntegerField(
        label=gettext_lazy("Number of reports that hide a story"),
        min_value=1,
        max_value=20,
        required=False,
        help_text=gettext_lazy(
            "When that many people have reported it, the story is off the wall until a moderator decides. "
            "Leave it empty to hide none."
        ),
    )
    letter_hints = forms.BooleanField(
        label=gettext_lazy("Hints on a letter while a moderator writes it"), required=False
    )

    watch_words = forms.CharField(
        label=gettext_lazy("Watch words"),
        required=False,
        max_length=2 * MOST_WATCH_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", **AS_TYPED}),
        help_text=gettext_lazy(
            "One word or phrase in each line. A story that has one waits for a moderator, also where it would be "
            "published at once. A star stands for any letters: harbo* matches harbour. Only moderators see the list."
        ),
    )

    def clean_watch_words(self) -> str:
        words = clean_watch_words(self.cleaned_data["watch_words"])
        validate_watch_words(words)
        return words


class MailForm(SettingsForm):
    wall_digest = forms.BooleanField(
        label=gettext_lazy("Members get a weekly look at the wall by mail"), required=False
    )


class SecurityForm(SettingsForm):
    two_factor_required = forms.BooleanField(
        label=gettext_lazy("Moderators and owners need a second factor"), required=False
    )

    @property
    def opens_wider(self) -> bool:
        return self.by.team.two_factor_required and not self.cleaned_data["two_factor_required"]

    def clean_two_factor_required(self) -> bool:
        required: bool = self.cleaned_data["two_factor_required"]
        if required and not self.by.team.two_factor_required and not has_two_factor(self.by.user):
            raise ValidationError(_("Set up a second factor for yourself first; otherwise this would lock you out."))
        return required
