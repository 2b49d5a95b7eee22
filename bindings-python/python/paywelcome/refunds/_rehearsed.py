"""A rehearsal with the gateway, as callers give it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, TypeAlias

from .errors import invalid

RehearsalFile: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]
"""The path of a file that ``paywelcome rehearse`` has written, or its parsed JSON."""


def settings(rehearsal: RehearsalFile | None, mid: str) -> dict[str, object]:
    """Gives it as the native half takes it: the path, or a text that holds it."""
    if isinstance(rehearsal, os.PathLike):
        return {"rehearsal": os.fsdecode(rehearsal)}
    if not isinstance(rehearsal, Mapping):
        return {"rehearsal": rehearsal}
    try:
        return {"rehearsal_text": json.dumps(dict(rehearsal))}
    except (TypeError, ValueError) as error:
        found = [("rehearsal", f"is not what a JSON text holds: {error}")]
        raise invalid(found, "the settings of the refunds are wrong", mid) from None
