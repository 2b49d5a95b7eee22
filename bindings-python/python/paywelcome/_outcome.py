"""What is known of the money, by its name; only for annotations, since `typing` takes long to import."""

from __future__ import annotations

from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["not_sent", "declined", "unknown"]
"""What is known of the money after a call that gave no receipt."""
