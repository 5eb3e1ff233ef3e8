"""The form renderer, and the fields in which people write."""

import re
from collections.abc import Collection

from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

YOUR_WORDS = _("Your words")
# Fields in which people write, with their labels on a page that gives them back. A form without one is a button, which
# can be pressed again. A test compares them with the forms.
WRITTEN_FIELDS: dict[str, Promise] = {
    "body": YOUR_WORDS,
    "message": YOUR_WORDS,
    "saw": _("What you saw in it"),
    "next_step": _("What happens next"),
    "talk_to": _("Whom to talk to"),
    "note": _("A note for them"),
    "name": _("Name"),
    "slug": _("Address"),
    "tagline": _("Tagline"),
    "words": _("What has to change"),
    "watch_words": _("Watch words"),
    "domain": _("Domain"),
    "emails": _("E-mail addresses"),
    "email": _("Your e-mail address"),
}
SECRET = re.compile("password|code|token$|secret|credential")


def has_words(names: Collection[str]) -> bool:
    """Return whether a form with these fields holds something that people write, and no secret."""
    return not WRITTEN_FIELDS.keys().isdisjoint(names) and not has_secrets(names)


def has_secrets(names: Collection[str]) -> bool:
    """Return whether one of these fields may hold a password or a token. The form's own against forgery is none."""
    return any(SECRET.search(name) for name in names if name != "csrfmiddlewaretoken")


class FormRenderer(TemplatesSetting):
    """Uses our field component, so that `{{ form }}` works in every template."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
