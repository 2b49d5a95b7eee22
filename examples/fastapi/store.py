"""Orders and their refunds, in SQLite; those of claim and record are the same in PostgreSQL.

Every function is one short transaction, and none of them calls the gateway.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

log = logging.getLogger(__name__)

SCHEMA = [
    """
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    tid TEXT NOT NULL UNIQUE,
    pay_type TEXT NOT NULL DEFAULT 'card',
    price INTEGER NOT NULL,
    remaining INTEGER NOT NULL,             -- not refunded yet
    refunding INTEGER NOT NULL DEFAULT 0    -- 1: has a refund whose end is not known
)
""",
    """
CREATE TABLE IF NOT EXISTS refunds (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders,
    amount INTEGER NOT NULL CHECK (amount > 0),
    remaining INTEGER NOT NULL,             -- what remains of the order after it
    status TEXT NOT NULL,                   -- sending, unknown; done, declined, not_sent, void
    detail TEXT NOT NULL DEFAULT '',
    claimed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
""",
]


@dataclass(frozen=True)
class Refund:
    id: int
    tid: str
    pay_type: str
    price: int
    amount: int
    remaining: int


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(os.environ.get("SHOP_DATABASE", "shop.sqlite3"), timeout=20, isolation_level=None)
    database.row_factory = sqlite3.Row
    try:
        database.execute("BEGIN IMMEDIATE")
        with database:
            yield database
    finally:
        database.close()


def create() -> None:
    with transaction() as database:
        for statement in SCHEMA:
            database.execute(statement)


# [region: claim]
def claim(order_id: int, amount: int, remaining: int) -> Refund | None:
    """Writes down that `amount` is about to go back, and commits; None if it may not.

    `remaining` is what the one who asks has seen as not refunded yet. Whoever is second, by a double click, a reload
    or another worker, changes no row.
    """
    with transaction() as database:
        order = database.execute(
            "UPDATE orders SET refunding = 1"
            " WHERE id = ? AND refunding = 0 AND remaining = ? AND remaining >= ? RETURNING tid, pay_type, price",
            (order_id, remaining, amount),
        ).fetchone()
        if order is None:
            return None
        added = database.execute(
            "INSERT INTO refunds (order_id, amount, remaining, status) VALUES (?, ?, ?, 'sending') RETURNING id",
            (order_id, amount, remaining - amount),
        ).fetchone()
        return Refund(**added, **order, amount=amount, remaining=remaining - amount)


def record(refund_id: int, status: str, detail: str = "") -> bool:
    """Writes down what became of it, once; an open end keeps the order from being refunded again."""
    with transaction() as database:
        changed = database.execute(
            "UPDATE refunds SET status = ?, detail = ? WHERE id = ? AND status IN ('sending', 'unknown')"
            " RETURNING order_id, remaining",
            (status, detail, refund_id),
        ).fetchone()
        if changed and status == "done":
            database.execute("UPDATE orders SET refunding = 0, remaining = ? WHERE id = ?", changed[::-1])
        elif changed and status != "unknown":
            database.execute("UPDATE orders SET refunding = 0 WHERE id = ?", changed[:1])
    if status == "done" and not changed:
        log.critical("refund %s was done, but is written down as something else: look at it", refund_id)
    return bool(changed)


# [end]


def open_refunds() -> list[dict[str, object]]:
    """Gives the refunds whose end is not known: a person looks each up in the merchant admin."""
    with transaction() as database:
        found = database.execute(
            "SELECT refunds.id, status, tid, amount, detail, claimed_at"
            " FROM refunds JOIN orders ON orders.id = order_id WHERE status IN ('sending', 'unknown')"
            " ORDER BY refunds.id"
        )
        return [dict(row) for row in found]


def rule(refund_id: int, found: str) -> bool:
    """Writes down what a person has found, 'done' or 'void'; not while the request may still be under way."""
    with transaction() as database:
        quiet = database.execute(
            "SELECT 1 FROM refunds WHERE id = ? AND claimed_at < datetime('now', '-5 minutes')", (refund_id,)
        ).fetchone()
    return bool(quiet) and record(refund_id, found, "looked up by a person")
