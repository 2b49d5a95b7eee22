"""One attempt of a refund that somebody has recorded: what is asked, and who learns its end besides the caller."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from .errors import PaywelcomeError
    from .receipts import CancelReceipt, PartialCancelReceipt

    class Sink(Protocol):
        """Learns the end of one call, whatever becomes of its caller; it may learn it twice."""

        @property
        def result(self) -> CancelReceipt | PartialCancelReceipt | PaywelcomeError | None:
            """The end as the caller gets it; also why nothing was started."""

        @result.setter
        def result(self, result: CancelReceipt | PartialCancelReceipt | PaywelcomeError | None) -> None:
            """Is assigned in the caller's own thread."""

        def late(self, result: CancelReceipt | PartialCancelReceipt | PaywelcomeError) -> object:
            """Is told the end that the caller has not come for, where ``on_settled`` is told it and before that."""

    class Writing(Protocol):
        """Sends in some thread, and records what comes of it there."""

        def is_elsewhere(self) -> bool:
            """Whether that is another thread than this one, and may still write."""
            ...


_FIELDS = {
    "cancel": ("pay_type", "tid", "price", "currency", "cancel_type"),
    "partial_cancel": ("pay_type", "tid", "cancel_price", "confirm_price", "currency", "tax", "taxfree"),
}
_OPTIONS = ("timeout", "wait", "reference")


def asked(operation: str, given: Mapping[str, object]) -> tuple[object, ...]:
    """Puts the keyword arguments of an operation into the order in which they are read.

    Raises:
        TypeError: There is no such argument.
    """
    names = (*_FIELDS[operation], *_OPTIONS)
    if unknown := [name for name in given if name not in names]:
        raise TypeError(f"{operation} takes no {unknown[0]}")
    return tuple(given.get(name) for name in names)
