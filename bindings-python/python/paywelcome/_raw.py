"""The answer's fields as they came."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fields_of(text: str) -> dict[str, Any]:
    """Reads the text of one JSON object."""
    import json

    fields: dict[str, Any] = json.loads(text)
    return fields
