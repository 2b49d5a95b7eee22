"""The usual loop by hand: a state beside the order, claimed by one UPDATE, and the answer written by another.

It keeps no journal, knows no amount that remains, and leaves a refund whose worker died as it is. It sends by the same
client, so that the ledger alone is compared.
"""

from typing import Any

import paywelcome
from merchant import key_of, tid_of

TABLE = """CREATE TABLE IF NOT EXISTS merchant_refund (refund_key text PRIMARY KEY, tid text NOT NULL,
amount bigint NOT NULL, state text NOT NULL, answer text, updated_at timestamp DEFAULT CURRENT_TIMESTAMP)"""
INSERT = "INSERT INTO merchant_refund (refund_key, tid, amount, state) VALUES (?, ?, ?, 'requested')"
CLAIM = (
    "UPDATE merchant_refund SET state = 'sending' WHERE refund_key = ? AND state = 'requested' RETURNING tid, amount"
)
SETTLE = "UPDATE merchant_refund SET state = ?, answer = ? WHERE refund_key = ?"


class Loop:
    """The loop over one connection, whose statements are each committed by themselves."""

    def __init__(self, store: str, client: paywelcome.Client, amount: int) -> None:
        self._client, self._amount = client, amount
        self._connection: Any
        if store.startswith("postgresql:"):
            import psycopg

            self._connection, self._mark = psycopg.connect(store, autocommit=True), "%s"
            self._run("SELECT pg_advisory_lock(1)")
            self._run(TABLE)
            self._run("SELECT pg_advisory_unlock(1)")
        else:
            import sqlite3

            self._connection, self._mark = sqlite3.connect(store, isolation_level=None), "?"
            self._run("PRAGMA journal_mode=WAL")
            self._run("PRAGMA synchronous=FULL")
            self._run(TABLE)

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        cursor = self._connection.cursor()
        cursor.execute(statement.replace("?", self._mark), values)
        return cursor.fetchall() if cursor.description else []

    def request(self, places: range) -> None:
        rows = [(key_of(n), tid_of(n), self._amount) for n in places]
        cursor = self._connection.cursor()
        cursor.execute("BEGIN")
        cursor.executemany(INSERT.replace("?", self._mark), rows)
        cursor.execute("COMMIT")

    def process(self, places: range) -> None:
        for n in places:
            key = key_of(n)
            ((tid, amount),) = self._run(CLAIM, (key,))
            receipt = self._client.cancel(pay_type="card", tid=tid, price=amount)
            self._run(SETTLE, ("done", receipt.result_msg, key))
