"""The form that connects a channel."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy

from accounts.forms.fields import LineField
from accounts.models import Membership, Refused
from kindwall import outbound
from syndication.models import Channel, Content
from syndication.rooms.services import kind_of
from syndication.senders import Sender, senders


class ChannelForm(forms.Form):
    name = LineField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("For you and the other owners, for example the name of the room."),
    )
    # Named so that it is never stored to be given back: whoever has the address of a room can write there.
    secret_address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=outbound.LONGEST_OUTBOUND_ADDRESS,
        widget=forms.URLInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    content = forms.ChoiceField(
        label=gettext_lazy("What it gets"), choices=Content.choices, initial=Content.STORIES, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    def __init__(self, data: QueryDict | None, *, sender: Sender) -> None:
        languages = dict(settings.LANGUAGES)
        language = get_language() or settings.LANGUAGE_CODE
        super().__init__(data, initial={"language": language if language in languages else settings.LANGUAGE_CODE})
        self.sender = sender
        self.fields["secret_address"].help_text = str(sender.hint)
        self.fields["secret_address"].widget.attrs["placeholder"] = sender.example

    def clean_secret_address(self) -> str:
        address: str = self.cleaned_data["secret_address"].strip()
        try:
            outbound.checked_parts(address)
        except outbound.Unreachable as unreachable:
            raise ValidationError(str(unreachable.reason)) from None
        self.sender = senders[kind_of(address) or self.sender.kind]
        self.sender.check_address(address)
        return address

    def save(self, *, by: Membership) -> Channel | None:
        """Return the new channel; None where it is refused, and the form has an error."""
        given = self.cleaned_data
        try:
            return Channel.connect(
                by=by,
                kind=self.sender.kind,
                name=given["name"],
                address=given["secret_address"],
                content=given["content"],
                language=given["language"],
            )
        except Refused as refused:
            self.add_error(None, str(refused))
        return None
