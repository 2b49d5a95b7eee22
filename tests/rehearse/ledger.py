"""The truth about a stand-in's money: payments, and what went back of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Payment:
    tid: str
    price: int
    remaining: int
    is_partial: bool = False


@dataclass(frozen=True)
class Execution:
    tid: str
    amount: int
    request: int
    """The number of the request in the journal."""


class Ledger:
    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.executions: list[Execution] = []

    def approve(self, tid: str, price: int) -> None:
        self.payments[tid] = Payment(tid, price, price)

    def give_back(self, payment: Payment, amount: int, request: int) -> None:
        assert 0 < amount <= payment.remaining, "a stand-in gives back what was paid, and no more"
        payment.remaining -= amount
        self.executions.append(Execution(payment.tid, amount, request))

    def gone(self, *tids: str) -> int:
        """How much went back, of all payments or of these."""
        return sum(each.amount for each in self.executions if not tids or each.tid in tids)
