"""A rehearsal's file: as a caller gives it, and what the log says of it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from .records import Rehearsal


def text(source: Mapping[str, object] | str | os.PathLike[str]) -> str:
    """Returns the text of a file, or of what one has in it."""
    if isinstance(source, Mapping):
        return json.dumps(dict(source))
    return Path(source).read_text(encoding="utf-8-sig")


def log(rehearsal: Rehearsal | None) -> None:
    """Says in the log whose gateway a sandbox behaves as."""
    if rehearsal is not None:
        said = "the sandbox behaves as %s did for %s; not known and by default: %s"
        unknown = ", ".join(rehearsal.defaults) or "nothing"
        logging.getLogger("paywelcome").info(said, rehearsal.gateway, rehearsal.mid, unknown)
