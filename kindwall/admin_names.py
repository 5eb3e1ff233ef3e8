"""The names of fields in the operator's admin."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import Field, Model

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def name_fields(model: type[Model], names: "Mapping[str, StrOrPromise]") -> None:
    """Give the fields of the model these names. They are no part of its migrations, as names in the model are."""
    for name, label in names.items():
        field = model._meta.get_field(name)
        assert isinstance(field, Field)
        field.verbose_name = label
