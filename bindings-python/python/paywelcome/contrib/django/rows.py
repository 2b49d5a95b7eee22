"""Rows that are only read: the ledger alone writes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn

from django.db import models

from paywelcome.refunds._times import instant, milliseconds

from . import configured


class Column:
    """Of a column, a migration's state holds what the database has, not what it is called or how it is shown."""

    def deconstruct(self) -> Any:
        """Leaves out what the database has nothing of."""
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, path, args, {each: kwargs[each] for each in kwargs if each in ("db_column", "null", "primary_key")}


class Text(Column, models.CharField):
    """A short text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 200, **kwargs})


class Long(Column, models.TextField):
    """A text of any length."""


class Number(Column, models.BigIntegerField):
    """An amount or a count."""


class Instant(Column, models.BigIntegerField):
    """Milliseconds since 1970 in the database, an aware ``datetime`` in UTC in Python."""

    def from_db_value(self, value: int | None, *_: Any) -> datetime | None:
        """Reads a column."""
        return instant(value)

    def get_prep_value(self, value: Any) -> Any:
        """Writes a value for a query."""
        return milliseconds(value) if isinstance(value, datetime) else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        """Takes an instant as it is."""
        return value if isinstance(value, datetime) else super().to_python(value)


KST = timezone(timedelta(hours=9), "KST")


def korean_time(at: datetime | None) -> str | None:
    """Writes an instant as the merchant admin does, in Korean time."""
    return None if at is None else f"{at.astimezone(KST):%Y-%m-%d %H:%M:%S} KST"


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TypeError(
        "nothing was written: rows of refunds are written by the ledger alone; "
        "use request, process and resolve of paywelcome.refunds.Refunds"
    )


_refuse.alters_data = True  # type: ignore[attr-defined]


class ReadOnlyQuerySet(models.QuerySet):
    """Rows of the ledger, which are only read."""

    create = bulk_create = bulk_update = get_or_create = update_or_create = update = delete = _refuse
    acreate = abulk_create = abulk_update = aget_or_create = aupdate_or_create = aupdate = adelete = _refuse


class OwnRows(models.Manager.from_queryset(ReadOnlyQuerySet)):
    """The rows of the project's own merchant id, in the database of its refunds."""

    use_in_migrations = False

    def get_queryset(self) -> ReadOnlyQuerySet:
        """Returns the rows; a database that was named by ``using`` is kept to."""
        refunds = configured.refunds()
        rows = super().get_queryset().filter(mid=refunds.mid)
        return rows if self._db else rows.using(configured.database(refunds))


class Row(models.Model):
    """What all rows of the ledger share."""

    mid = Text("가맹점ID")

    objects = OwnRows()

    class Meta:
        abstract = True
        default_permissions = ("view",)

    save = asave = delete = adelete = _refuse
