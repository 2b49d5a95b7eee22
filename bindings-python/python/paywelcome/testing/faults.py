"""A fault that was armed."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from .commands import NotFoundError

if TYPE_CHECKING:
    from typing_extensions import Self

# Made by sandbox/surface/make.py: kinds
FaultKind = Literal[
    "close",
    "reset",
    "stall",
    "trickle",
    "truncated_json",
    "length_too_long",
    "length_too_short",
    "empty_body",
    "html",
    "redirect",
    "status",
    "missing_key",
    "result_code",
    "letter_case",
    "duplicate_key",
    "bom",
    "euc_kr",
    "numbers",
    "wrong_amount",
    "wrong_remaining",
    "wrong_tid",
    "huge_body",
    "close_idle",
    "refuse_connections",
    "proxy_refusal",
]
# End of kinds
"""What can be broken."""

When = Literal["after_applying", "before_applying", "late"]
"""When the money moves: before the answer is lost, never, or after the exchange is over."""


class Fault:
    """An armed fault; leaving its ``with`` block disarms it."""

    def __init__(self, command: Callable[..., Any], told: dict[str, Any]) -> None:
        self._command = command
        self._told: dict[str, Any] = told

    @property
    def id(self) -> int:
        """Its number; the requests that met it tell it."""
        number: int = self._told["id"]
        return number

    @property
    def kind(self) -> FaultKind:
        """What it breaks."""
        kind: FaultKind = self._told["kind"]
        return kind

    @property
    def fired(self) -> int:
        """How often it has fired so far, as far as the gateway still knows."""
        self._look()
        fired: int = self._told["fired"]
        return fired

    @property
    def armed(self) -> bool:
        """Whether it can still fire."""
        return self._look()

    def disarm(self) -> None:
        """Takes it away; one that is gone already stays so."""
        if not self._look():
            return
        try:
            self._told = self._command("disarm", id=self.id)["disarmed"][0]
        except NotFoundError:
            # It fired for the last time just now.
            self._look()

    def _look(self) -> bool:
        """Brings up to date what is known of it; says whether it is still armed."""
        for told in self._command("faults")["faults"]:
            if told["id"] == self.id:
                self._told = told
                return True
        # One that fired for the last time is on no list: those who met it tell how often.
        requests = self._command("requests", latest=1000)["requests"]
        met = sum(1 for request in requests if request["fault"] is not None and request["fault"]["id"] == self.id)
        self._told = {**self._told, "fired": max(met, self._told["fired"])}
        return False

    def __repr__(self) -> str:
        return f"Fault({', '.join(f'{name}={value!r}' for name, value in self._told.items())})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.disarm()
