"""The statement as a driver reads it: its pieces, and a placeholder between them."""

from __future__ import annotations

from collections.abc import Sequence


def question(pieces: Sequence[str]) -> str:
    """With ``?``, as SQLite's drivers read it."""
    return "?".join(pieces)


def percent(pieces: Sequence[str]) -> str:
    """With ``%s``. Drivers that read it halve a doubled ``%`` wherever they are given values, even an empty tuple."""
    return "%s".join(piece.replace("%", "%%") for piece in pieces)


def dollar(pieces: Sequence[str]) -> str:
    """With ``$1``, ``$2``, … cast to text, since drivers that ask PostgreSQL for types refuse a text for a number."""
    return pieces[0] + "".join(f"${at}::text{piece}" for at, piece in enumerate(pieces[1:], 1))
