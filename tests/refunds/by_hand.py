"""A task as it is usually written by hand: to be compared with, and not to be copied, since it pays twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

import paywelcome

TABLES = """
CREATE TABLE IF NOT EXISTS usual_payment (tid TEXT PRIMARY KEY, remaining BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS usual_refund (key TEXT PRIMARY KEY, tid TEXT NOT NULL, amount BIGINT NOT NULL,
state TEXT NOT NULL DEFAULT 'waiting')
"""
WRITE_PAYMENT = "INSERT INTO usual_payment VALUES (%s, %s) ON CONFLICT DO NOTHING"
WRITE_REFUND = "INSERT INTO usual_refund VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
FIND = "SELECT tid, amount, remaining FROM usual_refund JOIN usual_payment USING (tid) WHERE key = %s"


def request(url: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes refunds down, each once."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.executemany(WRITE_PAYMENT, [(row["tid"], row["paid"]) for row in rows])
        cursor.executemany(WRITE_REFUND, [(row["key"], row["tid"], row["amount"]) for row in rows])


def read(url: str) -> list[tuple[str, str, int, str]]:
    """Returns key, tid, amount and state of each."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT key, tid, amount, state FROM usual_refund ORDER BY key").fetchall()


def refund(client: paywelcome.Client, url: str, key: str) -> None:
    """Refunds, and raises what a task is then retried for."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(FIND, (key,)).fetchone()
        assert found is not None
        tid, amount, remaining = found
        state, left = "done", max(0, remaining - amount)
        try:
            client.partial_cancel(pay_type="card", tid=tid, cancel_price=amount, confirm_price=left)
        except paywelcome.DeclinedError:
            state = "failed"
        with connection.transaction():
            connection.execute("UPDATE usual_refund SET state = %s WHERE key = %s", (state, key))
            if state == "done":
                connection.execute("UPDATE usual_payment SET remaining = remaining - %s WHERE tid = %s", (amount, tid))
