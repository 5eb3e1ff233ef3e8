"""Form fields that several forms share."""

from functools import cached_property
from typing import Any

from django import forms
from django.forms.boundfield import BoundField, BoundWidget

from accounts.names import one_line, validate_name


class LineField(forms.CharField):
    """A name, or another text in one line that people can read (accounts/names.py)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[validate_name], **options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text if "\x00" in text else one_line(text)  # NUL is refused by the field, in words


class FieldWithFocus(BoundField):
    """A field of a form that, after it was refused, opens with the focus in the first field that has an error.

    One of several such forms on a page has the focus; the others say `takes_focus = False`.
    """

    @property
    def is_first_error(self) -> bool:
        return getattr(self.form, "takes_focus", True) and self.name == next(
            (name for name in self.form.fields if name in self.form.errors), None
        )

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        return built | {"autofocus": True} if self.is_first_error else built

    @cached_property
    def subwidgets(self) -> list[BoundWidget]:
        first, *others = super().subwidgets
        for each in others:
            each.data["attrs"].pop("autofocus", None)
        return [first, *others]
