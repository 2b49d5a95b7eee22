"""The one place that says what is true: what is recorded, against what moved at the gateway.

The rules are told again here, from the journal alone, so that a mistake can't hide in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway import Ledger
from tables import Row, Written

ENDED = ("done", "declined", "void")
OPEN = ("sending", "unknown", "review")
MISMATCHES = ("mismatch", "undocumented_code")
SENDS = 5
GRANTED = "00"


@dataclass
class Told:
    """Where a refund stands, by its journal."""

    enforced: bool
    state: str = "requested"
    note: str | None = None
    evidence: str | None = None
    pair: Any = None
    token: Any = 0
    maybe_sent: int = 0
    in_a_row: int = 0
    awaited: bool = False
    sent: int = 0

    def take(self, entry: Row) -> str | None:
        """Continues by an entry; says what is wrong with it."""
        wrong = getattr(self, f"_{entry['what']}")(entry)
        if wrong:
            return str(wrong)
        if (entry["state"], entry["note"]) != (self.state, self.note):
            return f"{entry['what']} led to {entry['state']} ({entry['note']}), not to {self.state} ({self.note})"
        return None

    def _sent(self, entry: Row) -> str | None:
        if self.state == "unknown":
            if not self.enforced:
                return "sent again though confirmPrice is not enforced"
            if entry["confirm_price"] != self.pair:
                return f"sent again with {entry['confirm_price']} in place of {self.pair}"
        elif self.state != "requested":
            return f"sent while it was {self.state}"
        self.pair, self.token = entry["confirm_price"], entry["token"]
        self.maybe_sent += 1
        self.in_a_row += 1
        self.sent += 1
        self.state, self.awaited = "sending", True
        return f"sent {self.in_a_row} times in a row" if self.in_a_row > SENDS else None

    def _answer(self, entry: Row) -> str | None:
        outcome, is_only = entry["outcome"], self.maybe_sent == 1
        if outcome == "done":
            self.note = "late_success" if self.state in ENDED else None
            self.state, self.evidence = "done", "answer"
            return None
        if self.state not in OPEN or entry["token"] != self.token or not self.awaited:
            return f"an answer counted that says {outcome} of another attempt, or too late"
        self.awaited = False
        if outcome == "declined":
            if is_only:
                self.state, self.note, self.evidence = "declined", None, "answer"
            else:
                self.state, self.note = "review", "probably_done"
        elif outcome == "not_sent":
            self.maybe_sent -= 1
            if is_only:
                self.state, self.note, self.pair, self.in_a_row = "requested", None, None, 0
            else:
                self.in_a_row = max(0, self.in_a_row - 1)
                self._unanswered()
        elif entry["kind"] in MISMATCHES:
            self.state, self.note = "review", "mismatch"
        else:
            self._unanswered()
        return None

    def _unanswered(self) -> None:
        if self.state == "review":
            return
        self.state, self.note = ("unknown", None) if self.enforced else ("review", "no_answer")

    def _review(self, _entry: Row) -> str | None:
        if self.state == "sending":
            self._unanswered()
        elif self.state == "unknown":
            self.state = "review"
            self.note = "too_often" if self.in_a_row >= SENDS else "no_answer"
        else:
            return f"looked at again while it was {self.state}"
        return None

    def _ruling(self, entry: Row) -> str | None:
        ruling = entry["ruling"]
        if self.state not in ("review", "unknown") and (self.state, ruling) != ("requested", "void"):
            return f"ruled {ruling} while it was {self.state}"
        self.note, self.in_a_row = None, 0
        if ruling in ("done", "void"):
            self.state, self.evidence = ruling, "operator"
        elif ruling == "retry":
            self.state, self.pair, self.maybe_sent, self.awaited = "requested", None, 0, False
        elif not self.enforced:
            return "sent once more though confirmPrice is not enforced"
        else:
            self.state = "unknown"
        return None


def wrong_with(written: Written, ledger: Ledger, enforced: bool, *, is_over: bool) -> list[str]:
    """Returns every breach of the promise for one refund, once nothing is under way any more.

    Args:
        written: What is recorded of it.
        ledger: What the gateway knows of its payment; no two refunds of a payment are of the same amount.
        enforced: Whether the merchant has stated that `confirmPrice` is enforced.
        is_over: Whether a person has ruled on all that was in review.
    """
    refund, journal, state = written.refund, written.journal, written.state
    amount = refund["amount"]
    moved = [cancel for cancel in ledger.cancels if cancel["amount"] == amount]
    requests = [request for request in ledger.requests if _asked(request, "cancelPrice", "price") == str(amount)]
    found = []
    if len(moved) > 1:
        found.append(f"doubled: moved {len(moved)} times")
    found += _by_journal(written, enforced)
    waits = state == "requested" and written.payment["open_refund"] not in (None, refund["refund_key"])
    at_rest = state in ENDED if is_over else state in (*ENDED, "review") or waits
    if not at_rest:
        found.append(f"lost: {state}, and no worker is on it")
    if state == "done" and not moved:
        found.append("recorded as done, but nothing moved")
    if state in ("declined", "void") and moved:
        found.append(f"recorded as {state}, but it moved")
    if state == "requested" and moved:
        found.append("recorded as not sent, but it moved")
    return found + _against_requests(journal, requests, amount)


def _by_journal(written: Written, enforced: bool) -> list[str]:
    """What is written of a refund must follow from its journal."""
    refund, told = written.refund, Told(enforced)
    for entry in written.journal:
        if wrong := told.take(entry):
            return [f"the journal is wrong: {wrong}"]
    found = []
    stands = (refund["state"], refund["note"], refund["attempts"], refund["maybe_sent"])
    follows = (told.state, told.note, told.sent, told.maybe_sent)
    if stands != follows:
        found.append(f"it stands at {stands}, and by its journal at {follows}")
    if told.state in ENDED and refund["evidence"] != told.evidence:
        found.append(f"its evidence is {refund['evidence']}, and by its journal {told.evidence}")
    return found


def _against_requests(journal: list[Row], requests: list[dict[str, Any]], amount: int) -> list[str]:
    sent = [entry for entry in journal if entry["what"] == "sent"]
    said = [entry["outcome"] for entry in journal if entry["what"] == "answer"]
    found = []
    if len(requests) > len(sent) - said.count("not_sent"):
        found.append(f"{len(requests)} requests came of {len(sent)} sends, {said.count('not_sent')} of them not sent")
    pairs = {None if entry["operation"] == "cancel" else str(entry["confirm_price"]) for entry in sent}
    if strange := {_asked(request, "confirmPrice") for request in requests} - pairs:
        found.append(f"requests of {amount} came with confirmPrice {strange}, which is not recorded")
    codes = [request["result_code"] for request in requests]
    if "done" in said and GRANTED not in codes:
        found.append(f"an answer says done, but the gateway decided {codes}")
    if "declined" in said and not any(code not in (None, GRANTED) for code in codes):
        found.append(f"an answer says declined, but the gateway decided {codes}")
    return found


def _asked(request: dict[str, Any], *names: str) -> str | None:
    fields = dict(request["fields"])
    return next((fields[name] for name in names if name in fields), None)


def wrong_with_payment(refunds: Iterable[Written], ledger: Ledger, *, is_over: bool) -> list[str]:
    """Returns what does not add up in a payment."""
    every = list(refunds)
    payment = every[0].payment
    done = sum(each.refund["amount"] for each in every if each.state == "done")
    still = sum(each.refund["amount"] for each in every if each.state not in ENDED)
    holders = [each.refund["refund_key"] for each in every if each.state in OPEN]
    found = []
    if payment["remaining"] != payment["paid"] - done:
        found.append(f"{payment['remaining']} of {payment['paid']} remain, though {done} are done")
    if payment["asked"] != still:
        found.append(f"{payment['asked']} are asked for, though {still} have not ended")
    if ([payment["open_refund"]] if payment["open_refund"] else []) != holders:
        found.append(f"{payment['open_refund']} has the payment, though {holders} are open")
    known = {each.refund["amount"] for each in every}
    if strange := [cancel for cancel in ledger.cancels if cancel["amount"] not in known]:
        found.append(f"moved what nobody asked for: {strange}")
    if is_over and payment["remaining"] != ledger.remaining:
        found.append(f"{payment['remaining']} remain by the tables, {ledger.remaining} by the gateway")
    return found
