"""Form fields that several forms share."""

from typing import Any

from django import forms

from accounts.names import one_line


class LineField(forms.CharField):
    """A name, or another text in one line: without spaces around it, control characters, or letters that turn text."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text if "\x00" in text else one_line(text)  # NUL is refused by the field, in words
