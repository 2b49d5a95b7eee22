"""Instants as rows hold them, and as Python has them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def instant(milliseconds: int | None) -> datetime | None:
    """Reads milliseconds since 1970."""
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds(at: datetime) -> int:
    """Returns the milliseconds since 1970 of an aware instant."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def korean(iso: str | None) -> datetime | None:
    """Reads what was recorded of a receipt's time."""
    return None if iso is None else datetime.fromisoformat(iso)


def written(value: object) -> object:
    """Returns a time as a text, and anything else as it is."""
    return value.isoformat() if isinstance(value, datetime) else value
