"""The end of a call whose caller gave up the wait."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from ._outcome import Outcome
    from .errors import PaywelcomeError
    from .receipts import CancelReceipt, PartialCancelReceipt


class Settled:
    """How a call ended after its caller had given up the wait."""

    __slots__ = ("error", "operation", "outcome", "receipt", "reference", "tid")

    operation: str
    """``"cancel"`` or ``"partial_cancel"``."""
    tid: str
    """The payment's transaction id (거래ID)."""
    reference: str | None
    """The ``reference`` that the call was given, or ``None``."""
    outcome: Literal["done"] | Outcome
    """``"done"``, ``"not_sent"``, ``"declined"`` or ``"unknown"``."""
    receipt: CancelReceipt | PartialCancelReceipt | None
    """The receipt, if it is done."""
    error: PaywelcomeError | None
    """The error, if it is not."""

    def __init__(
        self,
        operation: str,
        tid: str,
        outcome: Literal["done"] | Outcome,
        receipt: CancelReceipt | PartialCancelReceipt | None,
        error: PaywelcomeError | None,
        reference: str | None = None,
    ) -> None:
        self.operation = operation
        self.tid = tid
        self.outcome = outcome
        self.receipt = receipt
        self.error = error
        self.reference = reference

    def __repr__(self) -> str:
        reference = "" if self.reference is None else f", reference={self.reference!r}"
        return f"Settled(operation={self.operation!r}, tid={self.tid!r}, outcome={self.outcome!r}{reference})"
