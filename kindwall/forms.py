"""The form renderer, and the fields in which people write."""

import re
from collections.abc import Collection

from django.forms.renderers import TemplatesSetting

# Fields in which people write. A form without one is a button, which can be pressed again. A test compares them with
# the forms.
WRITTEN_FIELDS = frozenset(
    {
        *("body", "message", "saw", "next_step", "talk_to", "note"),
        *("name", "slug", "tagline", "words", "domain", "emails"),
    }
)
SECRET = re.compile("password|code|token$|secret|credential")


def has_words(names: Collection[str]) -> bool:
    """Return whether a form with these fields holds something that people write, and no secret."""
    return not WRITTEN_FIELDS.isdisjoint(names) and not has_secrets(names)


def has_secrets(names: Collection[str]) -> bool:
    """Return whether one of these fields may hold a password or a token. The form's own against forgery is none."""
    return any(SECRET.search(name) for name in names if name != "csrfmiddlewaretoken")


class FormRenderer(TemplatesSetting):
    """Uses our field component, so that `{{ form }}` works in every template."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
