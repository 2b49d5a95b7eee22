"""What is asked for with a refund: which arguments there are, and that none is misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict, cast

from paywelcome.types import Amount, Currency, PayType

from .errors import invalid


class _Required(TypedDict):
    key: str
    """Your own name of the refund, which stays the same whenever it is asked for again."""
    tid: str
    """``tid`` 거래ID: the approval's transaction id."""
    amount: Amount
    """What is to go back; won, or cents for USD."""
    paid: Amount
    """The approved amount of the payment."""
    pay_type: PayType
    """``payType`` 결제수단."""


class RefundRow(_Required, total=False):
    """One refund of many: the arguments of `Refunds.request`, by their names."""

    remaining: Amount | None
    """What remains of the payment, where parts went back before."""
    currency: Currency
    """``currency`` 통화: ``"WON"`` or ``"USD"``."""
    tax: Amount | None
    """``tax`` 부가세 within the amount."""
    taxfree: Amount | None
    """``taxfree`` 비과세 within the amount."""
    reference: str | None
    """A text of your own, which is never sent."""
    batch: str | None
    """A name for refunds that belong together."""


_NAMES = ("key", "tid", "amount", "paid", "pay_type", "remaining", "currency", "tax", "taxfree", "reference", "batch")
_REFUSED = "nothing was recorded: the arguments are wrong"
# The longest wait, as for a client's call.
_LONGEST = 3600.0


def rows_of(given: Iterable[RefundRow], batch: str | None, mid: str) -> list[dict[str, object]]:
    """Returns rows as the native half takes them, each in the batch unless it names one.

    Raises:
        InvalidRequestError: A row is not a mapping, or holds what is not an argument.
    """
    rows: list[dict[str, object]] = []
    wrong: list[tuple[str, str]] = []
    for place, each in enumerate(given):
        if not isinstance(cast("object", each), Mapping):
            wrong.append((f"rows[{place}]", "is not a mapping; pass the arguments of request by their names"))
            continue
        row: dict[str, object] = {"batch": batch, **each}
        names = ", ".join(_NAMES)
        wrong += [
            (f"rows[{place}].{name}", f"is not an argument; there are {names}") for name in row if name not in _NAMES
        ]
        rows.append(row)
    if wrong:
        raise invalid(wrong, _REFUSED, mid)
    return rows


def check_wait(wait: object, mid: str) -> None:
    """Refuses a wait that the client would refuse, before anything is claimed."""
    if wait is None:
        return
    if isinstance(wait, bool) or not isinstance(wait, (int, float)):
        message = "must be a number of seconds"
    elif not 0 < wait <= _LONGEST:
        message = "is out of range; pass more than zero and at most 3,600 seconds"
    else:
        return
    raise invalid([("wait", message)], "nothing was sent: the arguments are wrong", mid)
