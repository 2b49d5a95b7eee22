"""The app's words in English and Korean, which stand side by side instead of in a catalogue."""

from __future__ import annotations

from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language


def is_korean() -> bool:
    """Whether the active language is Korean."""
    return (get_language() or "").startswith("ko")


def said(english: str, korean: str) -> str:
    """Returns a text in the active language: Korean, or English for every other."""
    return korean if is_korean() else english


say: Any = lazy(said, str)
"""The same when it is shown, for texts that are made before the language is known."""
