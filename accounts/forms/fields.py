"""Form fields that several forms share."""

from typing import Any

from django import forms

from accounts.names import one_line, validate_name


class LineField(forms.CharField):
    """A name, or another text in one line that people can read (accounts/names.py)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[validate_name], **options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text if "\x00" in text else one_line(text)  # NUL is refused by the field, in words
