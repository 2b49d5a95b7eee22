"""A worker of the tests in Python: lives of refunds that stop at a point, and those who take over.

One line of JSON in for each command, one out for each answer. It is killed, or ends with its standard input.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from freezing import Freezing, for_ever
from meddling import Meddled, is_load, meddler

import paywelcome
from paywelcome.refunds import Refund, Refunds, RefundsError, SQLiteStore, Store

Line = dict[str, Any]
LOOK_EVERY = 0.02


def answer(line: Line) -> None:
    # One write a line, so that no two get mixed.
    os.write(1, (json.dumps(line) + "\n").encode())


def store_of(told: Line) -> Store:
    if told["kind"] == "sqlite":
        return SQLiteStore(told["file"])
    from paywelcome.refunds.psycopg import PsycopgStore

    return PsycopgStore(told["url"])


class Book:
    """One merchant's refunds in one store."""

    def __init__(self, line: Line) -> None:
        store, meddle = store_of(line["store"]), meddler(line.get("meddle"))
        self.store: Store = store if meddle is None else Meddled(store, meddle)
        self._settings = {"confirm_price_enforced": line["enforced"], "quiet": line["quiet"]}
        self._client = paywelcome.Client(**line["client"])
        self.refunds = self.made(self.store)
        self.stop = threading.Event()

    def made(self, store: Store) -> Refunds:
        return Refunds(self._client, store, **self._settings)


books: dict[str, Book] = {}


def live(line: Line, meet: Callable[[str], None]) -> Refund:
    """One refund's life, from its request to what becomes of it."""
    is_counting = False

    def counted(label: str) -> None:
        if is_counting:
            meet(label)

    refunds = books[line["book"]].made(Freezing(books[line["book"]].store, counted))
    # The look for the tables is not part of a life.
    refunds.counts()
    is_counting = True
    refunds.request(**line["request"])
    refund = refunds.process(line["request"]["key"])
    counted("the end")
    return refund


def live_to(line: Line) -> None:
    """Lives to the point where it is to stop, and stays there."""
    met = 0

    def meet(_label: str) -> None:
        nonlocal met
        met += 1
        if met == line["point"]:
            answer({"at": line["request"]["key"]})
            for_ever()

    try:
        missed = live(line, meet).state
    except Exception as error:
        missed = repr(error)
    answer({"at": line["request"]["key"], "missed": missed})


def trace(line: Line) -> Line:
    labels: list[str] = []
    state = live(line, labels.append).state
    return {"labels": labels, "state": state}


def is_at_rest(refund: Refund) -> bool:
    return refund.is_ended or refund.state == "review"


def take_over(line: Line) -> Line:
    """Processes one refund until no worker can do anything more, as wake-ups do that come again and again."""
    refunds = books[line["book"]].refunds
    until = time.monotonic() + line["seconds"]
    refund = refunds.process(line["key"])
    while not is_at_rest(refund) and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
        refund = refunds.process(line["key"])
    return {"state": refund.state}


def run(line: Line) -> Line:
    book = books[line["book"]]
    try:
        count = book.refunds.run(
            concurrency=line["concurrency"], pace=line.get("pace"), poll=line["poll"], stop=book.stop, until_idle=False
        )
    finally:
        close: Callable[[], None] = getattr(book.store, "close", lambda: None)
        close()
    return {"processed": count}


def resolve(line: Line) -> Line:
    """A person's ruling; one that is too early is made again when it may be."""
    refunds, refused = books[line["book"]].refunds, []
    while True:
        try:
            ruled = refunds.resolve(line["key"], line["ruling"], by="a person", remaining=line.get("remaining"))
            return {"state": ruled.state, "refused": refused}
        except RefundsError as error:
            refused.append(str(error))
            if error.until is None:
                return {"state": None, "refused": refused}
            time.sleep(max(0.0, (error.until - datetime.now(timezone.utc)).total_seconds()) + 0.01)


def at_once(line: Line) -> Line:
    """Two workers process one refund, and both read it before either writes."""
    book, both = books[line["book"]], threading.Barrier(2)
    told: list[str] = []

    def work() -> None:
        waits = True

        def meddle(pieces: Any, values: Any, query: Any) -> Any:
            nonlocal waits
            rows = query(pieces, values)
            if waits and is_load(pieces):
                waits = False
                both.wait(10)
            return rows

        try:
            told.append(book.made(Meddled(book.store, meddle)).process(line["key"]).state)
        except Exception as error:
            told.append(repr(error))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"states": told}


def open_book(line: Line) -> Line:
    books[line["book"]] = Book(line)
    return {}


def request(line: Line) -> Line:
    told = books[line["book"]].refunds.request_many(line["rows"])
    return {"requested": told.requested, "known": told.known}


def process(line: Line) -> Line:
    return {"state": books[line["book"]].refunds.process(line["key"]).state}


def get(line: Line) -> Line:
    return {"state": books[line["book"]].refunds.get(line["key"]).state}


def stop(line: Line) -> Line:
    books[line["book"]].stop.set()
    return {}


COMMANDS = {
    "open": open_book,
    "request": request,
    "trace": trace,
    "take_over": take_over,
    "process": process,
    "get": get,
    "at_once": at_once,
    "run": run,
    "stop": stop,
    "resolve": resolve,
}


def do(line: Line) -> None:
    try:
        told = COMMANDS[line["do"]](line)
    except Exception as error:
        told = {"error": repr(error)}
    answer({"n": line["n"], **told})


def main() -> None:
    for text in sys.stdin:
        line = json.loads(text)
        # In the order in which they were told.
        if line["do"] == "open":
            do(line)
        else:
            work = live_to if line["do"] == "live" else do
            threading.Thread(target=work, args=(line,), daemon=True).start()


if __name__ == "__main__":
    # What is logged of refunds is what the tables say.
    logging.getLogger("paywelcome").propagate = False
    logging.getLogger("paywelcome").addHandler(logging.NullHandler())
    main()
    # What is under way is nobody's business any more.
    os._exit(0)
