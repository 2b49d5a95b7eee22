"""The answer's fields as they came."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fields_of(text: str) -> dict[str, Any]:
    """Reads the text of one JSON object; a number beyond what a float can hold stays a text of its digits."""
    import json

    fields: dict[str, Any] = json.loads(text, parse_float=_number)
    return fields


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if number - number == 0 else digits
