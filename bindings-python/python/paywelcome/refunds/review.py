"""What a person who must check a refund is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paywelcome._values import Value


class ReviewText(Value):
    """What a person who must check is told, in one language."""

    __slots__ = ()
    _fields = ("why", "look_for", "_rulings")

    why: str
    """Why a person must check."""
    look_for: tuple[str, ...]
    """What to look for in the merchant admin (상점관리자), one sentence each, in order."""
    _rulings: tuple[tuple[str, str], ...]

    def __init__(self, why: str, look_for: tuple[str, ...], rulings: tuple[tuple[str, str], ...]) -> None:
        self._fill(why, look_for, rulings)

    @property
    def rulings(self) -> dict[str, str]:
        """The rulings that `resolve` may take, each with what it does and when to choose it."""
        return dict(self._rulings)

    def to_dict(self) -> dict[str, Any]:
        """Returns all of it as plain values, which `json.dumps` takes."""
        return {"why": self.why, "look_for": list(self.look_for), "rulings": self.rulings}


class Review(Value):
    """Why a refund waits for a person, and what that person can do; in English and in Korean."""

    __slots__ = ()
    _fields = ("en", "ko")

    en: ReviewText
    """In English."""
    ko: ReviewText
    """In Korean (한국어)."""

    def __init__(self, en: ReviewText, ko: ReviewText) -> None:
        self._fill(en, ko)

    def to_dict(self) -> dict[str, Any]:
        """Returns all of it as plain values, which `json.dumps` takes."""
        return {"en": self.en.to_dict(), "ko": self.ko.to_dict()}


def read(told: Mapping[str, Any] | None) -> Review | None:
    """Reads what the native half tells of a review."""
    if told is None:
        return None
    return Review(*(_text(told[language]) for language in ("en", "ko")))


def _text(told: Mapping[str, Any]) -> ReviewText:
    return ReviewText(told["why"], tuple(told["look_for"]), tuple(told["rulings"].items()))
