"""The result of a call whose caller stopped waiting."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    from ._outcome import Outcome
    from .errors import PaywelcomeError
    from .receipts import CancelReceipt, PartialCancelReceipt


class _Settled:
    """What both results have in common."""

    __slots__ = ("operation", "reference", "tid")

    operation: str
    """``"cancel"`` or ``"partial_cancel"``."""
    tid: str
    """The payment's transaction id (거래ID)."""
    reference: str | None
    """The ``reference`` that the call was given, or ``None``."""

    def __init__(self, operation: str, tid: str, reference: str | None) -> None:
        self.operation = operation
        self.tid = tid
        self.reference = reference

    def _shown(self, outcome: str) -> str:
        told = f"operation={self.operation!r}, tid={self.tid!r}, outcome={outcome!r}"
        reference = "" if self.reference is None else f", reference={self.reference!r}"
        return f"{type(self).__name__}({told}{reference})"

    def _told(self, outcome: str, receipt: dict[str, Any] | None, error: dict[str, Any] | None) -> dict[str, Any]:
        called = {"operation": self.operation, "tid": self.tid, "reference": self.reference}
        return {"outcome": outcome, **called, "receipt": receipt, "error": error}


class SettledDone(_Settled):
    """The result of a call whose caller stopped waiting: it is done."""

    __slots__ = ("error", "outcome", "receipt")

    outcome: Literal["done"]
    """What is known of the money: ``"done"``."""
    receipt: CancelReceipt | PartialCancelReceipt
    """The receipt."""
    error: None
    """``None``."""

    def __init__(
        self, operation: str, tid: str, receipt: CancelReceipt | PartialCancelReceipt, reference: str | None = None
    ) -> None:
        super().__init__(operation, tid, reference)
        self.outcome = "done"
        self.receipt = receipt
        self.error = None

    def to_dict(self) -> dict[str, Any]:
        """Returns all that is known as plain values, which `json.dumps` takes, for an order's history."""
        return self._told(self.outcome, self.receipt.to_dict(), None)

    def __repr__(self) -> str:
        return self._shown(self.outcome)


class SettledNotDone(_Settled):
    """The result of a call whose caller stopped waiting: it is declined, not sent or unknown."""

    __slots__ = ("error", "outcome", "receipt")

    outcome: Outcome
    """What is known of the money: ``"declined"``, ``"not_sent"`` or ``"unknown"``, as the error says."""
    receipt: None
    """``None``."""
    error: PaywelcomeError
    """The error."""

    def __init__(self, operation: str, tid: str, error: PaywelcomeError, reference: str | None = None) -> None:
        super().__init__(operation, tid, reference)
        self.outcome = error.outcome
        self.receipt = None
        self.error = error

    def to_dict(self) -> dict[str, Any]:
        """Returns all that is known as plain values, which `json.dumps` takes, for an order's history."""
        return self._told(self.outcome, None, self.error.to_dict())

    def __repr__(self) -> str:
        return self._shown(self.outcome)


Settled: TypeAlias = SettledDone | SettledNotDone
"""The result of a call whose caller stopped waiting after the request may have left.

``outcome`` says which of both it is: `SettledDone` if it is ``"done"``, otherwise `SettledNotDone`.
"""
