"""A refund and its journal as lines that a page shows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from paywelcome.refunds import JournalEntry, Refund

from . import models
from .rows import korean_time
from .words import said

Line = tuple[str, str]

MONEY = ("amount", "tax", "taxfree", "paid", "remaining", "confirm_price")
ANSWER = ("outcome", "kind", "message", "http_status", "result_code", "result_msg", "cancel_tid", "cancelled_at")
ANSWER += ("raw", "body_excerpt")
# What is asked, when, and what came of it. The names are the columns', but for what only the ledger's refund has.
FACTS = (
    (("Refund", "환불"), ("state", *MONEY, "operation", "pay_type", "tid", "batch", "reference", "mid")),
    (
        ("Times", "시각"),
        ("requested_at", "sent_at", "lease_over_at", "quiet_over_at", "due_at", "updated_at", "ended_at"),
    ),
    (
        ("Evidence", "근거"),
        ("evidence", "note", "attempts", *ANSWER, "signed_timestamp"),
    ),
    (("Ruling", "결정"), ("ruling", "ruled_by", "ruling_note")),
)
OTHERS = {
    "signed_timestamp": ("signed timestamp", "서명한 타임스탬프"),
    "raw": ("answer", "응답"),
    "body_excerpt": ("beginning of the answer", "응답 앞부분"),
}


def facts(refund: Refund) -> list[tuple[str, list[Line]]]:
    """Returns what is known of a refund, in groups; what is empty is left out."""
    groups = []
    for heading, names in FACTS:
        lines = [(_label(name, models.Refund, models.Payment), _shown(refund, name)) for name in names]
        if known := [(label, value) for label, value in lines if value]:
            groups.append((said(*heading), known))
    return groups


def journal(entries: Iterable[JournalEntry]) -> list[dict[str, Any]]:
    """Returns the journal, of each entry the time, what happened, the state afterwards and the rest."""
    return [
        {"at": korean_time(each.at), "what": said(*WHAT[each.what]), "state": state(each.state), "rest": _rest(each)}
        for each in entries
    ]


WHAT = {
    "sent": ("sent", "보냄"),
    "answer": ("answer", "응답"),
    "review": ("no answer came", "응답 없음"),
    "ruling": ("ruling", "결정"),
    "restored": ("store restored", "데이터베이스 복구"),
    "doubted": ("doubted after a restore", "복구 후 확인 필요"),
    "statement": ("settlement", "정산내역"),
}


def _rest(entry: JournalEntry) -> list[Line]:
    names = ("operation", "confirm_price", "ruling", "ruled_by", "ruling_note", "remaining", "note", *ANSWER)
    shown = [(_label(name, models.Attempt), _shown(entry, name)) for name in names]
    return [(label, value) for label, value in shown if value]


def _label(name: str, *described: Any) -> str:
    """Returns what a column is called, in the first model that has it."""
    if name in OTHERS:
        return said(*OTHERS[name])
    return next(str(field.verbose_name) for model in described for field in model._meta.fields if field.name == name)


def state(state: str) -> str:
    """Returns what a state is called."""
    return str(dict(models.STATES)[state])


def _shown(of: Any, name: str) -> str:
    value = getattr(of, name)
    if value is None or (name == "body_excerpt" and of.raw is not None):
        return ""
    if name == "state":
        return state(value)
    if isinstance(value, datetime):
        return str(korean_time(value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return money(value, of) if name in MONEY else str(value)


def money(amount: int, of: Any) -> str:
    """Writes an amount with its currency, which an entry of the journal does not have."""
    currency = getattr(of, "currency", None)
    if currency is None:
        return f"{amount:,}"
    return f"{amount:,}" + (said(" won", "원") if currency == "WON" else said(" cents", "센트"))
