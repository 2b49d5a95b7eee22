"""What is usually written by hand: a job that is retried on any error, and delivered again where its worker died.

It is here to be compared with, and not to be copied: it pays twice. Commands as those of `worker.py`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
from typing import Any

import paywelcome

DELIVERED_AGAIN = 1.2
"""Seconds after which a job that nobody has finished is given to another worker."""
TRIES = 5
TABLES = """
CREATE TABLE IF NOT EXISTS payment (tid TEXT PRIMARY KEY, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS job (key TEXT PRIMARY KEY, tid TEXT NOT NULL, amount INTEGER NOT NULL, state TEXT NOT NULL,
tries INTEGER NOT NULL DEFAULT 0, taken REAL NOT NULL DEFAULT 0);
"""
TAKE = """UPDATE job SET state = 'taken', taken = :now, tries = tries + 1 WHERE key = (SELECT key FROM job
WHERE state = 'waiting' OR state = 'taken' AND taken < :before LIMIT 1) RETURNING key, tid, amount, tries"""


class Book:
    def __init__(self, line: dict[str, Any]) -> None:
        self.client = paywelcome.Client(**line["client"])
        self.file = line["store"]["file"]
        self.stopped = False

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        return connection

    def request(self, rows: list[dict[str, Any]]) -> None:
        connection = self.connect()
        connection.executescript(TABLES)
        connection.execute("BEGIN IMMEDIATE")
        for row in rows:
            connection.execute("INSERT OR IGNORE INTO payment VALUES (?, ?)", (row["tid"], row["paid"]))
            told = (row["key"], row["tid"], row["amount"], "waiting")
            connection.execute("INSERT OR IGNORE INTO job (key, tid, amount, state) VALUES (?, ?, ?, ?)", told)
        connection.execute("COMMIT")

    def run(self, pace: float) -> None:
        connection = self.connect()
        while not self.stopped:
            now = time.time()
            taken = connection.execute(TAKE, {"now": now, "before": now - DELIVERED_AGAIN}).fetchall()
            if taken:
                self.process(connection, *taken[0])
            time.sleep(1 / pace)

    def process(self, connection: sqlite3.Connection, key: str, tid: str, amount: int, tries: int) -> None:
        ((remaining,),) = connection.execute("SELECT remaining FROM payment WHERE tid = ?", (tid,))
        state = "done"
        try:
            self.client.partial_cancel(
                pay_type="card", tid=tid, cancel_price=amount, confirm_price=max(0, remaining - amount)
            )
        except paywelcome.DeclinedError:
            state = "failed"
        except paywelcome.PaywelcomeError:
            state = "failed" if tries >= TRIES else "waiting"
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE job SET state = ? WHERE key = ?", (state, key))
        if state == "done":
            connection.execute("UPDATE payment SET remaining = remaining - ? WHERE tid = ?", (amount, tid))
        connection.execute("COMMIT")


books: dict[str, Book] = {}


def main() -> None:
    for text in sys.stdin:
        line = json.loads(text)
        if line["do"] == "open":
            books[line["book"]] = Book(line)
        elif line["do"] == "request":
            books[line["book"]].request(line["rows"])
        elif line["do"] == "run":
            book, pace = books[line["book"]], line["pace"] / line["concurrency"]
            for _ in range(line["concurrency"]):
                threading.Thread(target=book.run, args=(pace,), daemon=True).start()
            continue
        os.write(1, (json.dumps({"n": line["n"]}) + "\n").encode())


if __name__ == "__main__":
    main()
    os._exit(0)
