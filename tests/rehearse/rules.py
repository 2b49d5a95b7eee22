"""What a stand-in decides about a request, and what moves."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ledger import Ledger, Payment
from odd import Odd

KST = timezone(timedelta(hours=9))
# How long a guard that is not atomic leaves open between its look and its deed.
GAP = 0.4
# What a tolerant guard lets pass.
TOLERANCE = 10


@dataclass(frozen=True)
class Success:
    payment: Payment
    operation: str
    amount: int
    total: int
    before: int
    after: int
    cancel_tid: str


@dataclass(frozen=True)
class Decision:
    """What is answered: the situation that the request met, with a success or without one."""

    situation: str
    success: Success | None = None


class Rules:
    """Decides; one lock holds all that must not be torn, except where the oddity is that it does not."""

    def __init__(self, odd: Odd, ledger: Ledger, mid: str, mkey: str) -> None:
        self._odd, self._ledger, self._mid, self._mkey = odd, ledger, mid, mkey
        self._lock = threading.Lock()
        self._alone = threading.Lock()
        self._numbers = itertools.count(1)
        self._given: dict[tuple[str, int, int], Success] = {}

    def decide(self, path: str, fields: Mapping[str, str], request: int, is_applied: bool) -> Decision:
        """Decides on a request; what is not applied is lost before it, and moves nothing."""
        odd = self._odd
        try:
            operation = {"/cancel/cancel": "cancel", "/cancel/repay": "partial"}[path]
            price = int(fields["price" if operation == "cancel" else "cancelPrice"])
            confirm = int(fields["confirmPrice"]) if operation == "partial" else 0
            tid, timestamp, signature = fields["tid"], fields["timestamp"], fields["signature"]
        except (KeyError, ValueError):
            return Decision("malformed")
        if fields.get("mid") != self._mid:
            return Decision("unknown_mid")
        payment = self._ledger.payments.get(tid)
        if odd.tid_first and payment is None:
            return Decision("unknown_tid")
        refused = self._signature(timestamp, signature)
        if odd.tid_first and odd.amount_first and payment is not None:
            refused = self._amounts(payment, operation, price, confirm) or refused
        if refused is not None:
            return Decision(refused)
        if payment is None:
            return Decision("unknown_tid")
        if not is_applied:
            return Decision("lost")
        decide = self._full if operation == "cancel" else self._partial
        return decide(payment, price, confirm, request)

    def _signature(self, timestamp: str, signature: str) -> str | None:
        odd = self._odd
        form = {14: "kst", 13: "epoch_ms"}.get(len(timestamp)) if timestamp.isdecimal() else None
        if form is None or odd.timestamp not in (form, "either"):
            return "bad_timestamp"
        if odd.fresh_seconds is not None:
            signed = (
                datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=KST).timestamp()
                if form == "kst"
                else int(timestamp) / 1000
            )
            if abs(time.time() + odd.clock_seconds - signed) > odd.fresh_seconds:
                return "bad_timestamp"
        texts = {
            "name_value": f"mid={self._mid}&mkey={self._mkey}&timestamp={timestamp}",
            "concatenated": f"{self._mid}{self._mkey}{timestamp}",
        }
        good = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        match odd.signature:
            case "unchecked":
                return None
            case "either":
                return None if signature in good.values() else "bad_signature"
            case name:
                return None if signature == good[name] else "bad_signature"

    def _amounts(self, payment: Payment, operation: str, price: int, confirm: int) -> str | None:
        """What is wrong with the amounts of a request, whatever its order."""
        odd = self._odd
        if operation == "cancel":
            if payment.remaining == 0:
                return "full_after_all" if payment.is_partial else "second_full"
            if payment.is_partial and odd.full_after_partial == "declined":
                return "full_after_partial"
            wrong = odd.full_price == "declined" and not payment.is_partial and price != payment.price
            return "full_price" if wrong else None
        if not odd.partials:
            return "no_partials"
        if payment.remaining == 0:
            return "partial_after_all"
        if odd.duplicates and price in (each.amount for each in self._ledger.executions if each.tid == payment.tid):
            return "duplicate"
        too_much = odd.more == "declined" and price > payment.remaining
        mismatch = not self._agrees(payment, price, confirm)
        if too_much and not (odd.guard_first and mismatch):
            return "more_than_remains"
        return "confirm_price" if mismatch else None

    def _agrees(self, payment: Payment, price: int, confirm: int) -> bool:
        left = payment.remaining - price
        match self._odd.guard:
            case "none":
                return True
            case "exact" | "racy":
                return confirm == left
            case "high":
                return confirm <= left
            case "low":
                return confirm >= left
            case "tolerant":
                return abs(confirm - left) <= TOLERANCE
            case "before":
                return confirm == payment.remaining
        raise AssertionError(self._odd.guard)

    def _partial(self, payment: Payment, price: int, confirm: int, request: int) -> Decision:
        pair = (payment.tid, price, confirm)
        if self._odd.guard == "racy":
            refused = self._amounts(payment, "partial", price, confirm)
            time.sleep(GAP)
            with self._lock:
                if refused is None and 0 < payment.remaining < price:
                    refused = "more_than_remains"
                if refused is not None or payment.remaining == 0:
                    return Decision(refused or "partial_after_all")
                return self._done("partial", payment, price, request)
        if self._odd.busy:
            if not self._alone.acquire(blocking=False):
                return Decision("busy")
            time.sleep(GAP / 4)
            self._alone.release()
        with self._lock:
            if self._odd.replays and pair in self._given:
                return Decision("replayed", self._given[pair])
            refused = self._amounts(payment, "partial", price, confirm)
            if refused is not None:
                return Decision(refused)
            done = self._done("partial", payment, min(price, payment.remaining), request)
            if done.success is not None:
                self._given[pair] = done.success
            return done

    def _full(self, payment: Payment, price: int, _: int, request: int) -> Decision:
        with self._lock:
            refused = self._amounts(payment, "cancel", price, 0)
            if payment.remaining == 0 and self._odd.second_full == "success":
                amount = payment.price
                empty = Success(payment, "cancel", amount, payment.price, amount, 0, self._cancel_tid())
                return Decision("nothing_left", empty)
            if refused is not None:
                return Decision(refused)
            return self._done("cancel", payment, payment.remaining, request)

    def _done(self, operation: str, payment: Payment, amount: int, request: int) -> Decision:
        before = payment.remaining
        self._ledger.give_back(payment, amount, request)
        payment.is_partial = payment.is_partial or operation == "partial"
        after = payment.remaining
        success = Success(payment, operation, amount, payment.price, before, after, self._cancel_tid())
        return Decision("done", success)

    def _cancel_tid(self) -> str:
        length = self._odd.cancel_tid_length
        return f"STDRFD{next(self._numbers):0{length - 6}d}"
