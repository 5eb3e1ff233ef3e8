"""Convert rows to values of a data file and back; times are written to the microsecond."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.fields import ARCHIVE_NAMES

LARGEST_ID = 1 << 40  # a larger one would use up the numbers of a database
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(days=1)  # by which another machine's clock may be ahead
LAST_DAY = date(2999, 12, 31)  # somebody may be away for long


class Unreadable(Exception):
    """A file is not a valid archive; the message says what is wrong, for the person who chose the file."""


def plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def archive_row(instance: models.Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: plain_value(getattr(instance, column_of(name))) for name in names}


def column_of(name: str) -> str:
    """Return the model's column for a name in a data file."""
    return ARCHIVE_NAMES.get(name, name)


def read_row[M: models.Model](
    model: type[M], values: Any, names: Iterable[str], added: frozenset[str] = frozenset()
) -> M:
    """Return an unsaved instance with these fields, each validated as by a form. Raises Unreadable.

    Fields in `added` are missing in files of an older version; they get their default then.
    """
    thing = str(model._meta.verbose_name)
    values = mapping(values, thing)
    names_of = {column_of(name): name for name in names if name in values or name not in added}
    columns = {column: model._meta.get_field(column) for column in names_of}
    instance = model(
        **{column: parse_value(columns[column], values.get(name), thing, name) for column, name in names_of.items()}
    )
    # An empty object is a valid value here, but validation would refuse it.
    checked = {column for column, field in columns.items() if not isinstance(field, models.JSONField)}
    others = {field.name for field in model._meta.get_fields()} - checked
    try:
        instance.clean_fields(exclude=others)
    except ValidationError as error:
        wrong = "; ".join(f"{names_of[column]}: {' '.join(words)}" for column, words in error.message_dict.items())
        raise Unreadable(
            _("A row of the kind “%(thing)s” has wrong values (%(wrong)s).") % {"thing": thing, "wrong": wrong}
        ) from None
    return instance


def parse_value(field: Any, value: Any, thing: str, name: str) -> Any:
    if value is None and field.null:
        return None
    if isinstance(field, models.DateTimeField):
        return parse_time(value, f"{thing}: {name}")
    if isinstance(field, models.DateField):
        return parse_day(value, f"{thing}: {name}")
    if isinstance(field, models.BooleanField):
        right: type = bool
    elif isinstance(field, models.IntegerField):
        right = int
    elif isinstance(field, models.JSONField):
        right = dict
    else:
        right = str
    if type(value) is not right:
        raise Unreadable(_("A row of the kind “%(thing)s” has no proper %(field)s.") % {"thing": thing, "field": name})
    return value


def parse_time(value: Any, what: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(_("%(what)s is no time.") % {"what": what}) from None
    if moment.tzinfo is None:
        raise Unreadable(_("%(what)s does not say in which time zone it is.") % {"what": what})
    if not EARLIEST <= moment <= timezone.now() + CLOCK_TOLERANCE:
        raise Unreadable(_("%(what)s is before the year 2000, or still to come.") % {"what": what})
    return moment.astimezone(UTC)


def parse_day(value: Any, what: str) -> date:
    try:
        read_day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(_("%(what)s is no day.") % {"what": what}) from None
    if not EARLIEST.date() <= read_day <= LAST_DAY:
        raise Unreadable(_("%(what)s is before the year 2000, or too far ahead.") % {"what": what})
    return read_day


def mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(_("A row of the kind “%(thing)s” is not written as one.") % {"thing": what})
    return value


def number(value: Any, what: str) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise Unreadable(_("A number is none (%(what)s).") % {"what": what})
    return value


def archive_section(document: dict[str, Any], name: str) -> Iterator[Any]:
    """Yield the rows of a section, removing each from memory."""
    rows = document.pop(name, None)
    if not isinstance(rows, list):
        raise Unreadable(_("The part “%(name)s” is missing.") % {"name": name})
    rows.reverse()
    while rows:
        yield rows.pop()


def require_unique[T](values: Iterable[T], what: str) -> set[T]:
    """Return the values as a set. Raises Unreadable when one of them occurs twice."""
    listed = list(values)
    if len(set(listed)) != len(listed):
        raise Unreadable(_("Something is in it twice (%(what)s).") % {"what": what})
    return set(listed)


def read_reference(values: Any, name: str, among: Collection[int]) -> int:
    """Return the number in this field. Raises Unreadable when it is not `among` the rows of the archive."""
    pk = number(mapping(values, name).get(name), name)
    if pk not in among:
        raise Unreadable(_("It speaks of somebody or something that is not in it (%(what)s).") % {"what": name})
    return pk


def read_optional_reference(values: Any, name: str, among: set[int]) -> int | None:
    return None if mapping(values, name).get(name) is None else read_reference(values, name, among)
