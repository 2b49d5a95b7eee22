"""Writes refunds down, processes them, and does the same by hand: takes a task on each line, and gives what it took."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import by_hand

import paywelcome
from merchant import key_of, tid_of
from paywelcome.refunds import Refunds, SQLiteStore
from paywelcome.refunds.psycopg import PsycopgStore

AMOUNT = 1000


class Counting:
    """A store that counts its round trips and its commits. A statement that only reads commits nothing."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.dialect = store.dialect
        self.trips = self.commits = 0

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Any:
        self.trips += 1
        self.commits += not pieces[0].startswith("SELECT")
        return self._store.query(pieces, values)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        # Its beginning and its end; in a file they are no trips to anywhere, and counted all the same.
        self.trips += 2
        self.commits += 1

        with self._store.transaction() as query:

            def counted(pieces: Sequence[str], values: Sequence[str | None], /) -> Any:
                self.trips += 1
                return query(pieces, values)

            yield counted

    def in_transaction(self) -> bool:
        return bool(self._store.in_transaction())


class Ledger:
    """Ours."""

    def __init__(self, setting: dict[str, Any], client: paywelcome.Client) -> None:
        where = setting["store"]
        self._store = PsycopgStore(where) if where.startswith("postgresql:") else SQLiteStore(where)
        self._client = client
        self._refunds = Refunds(client, self._store)
        self._refunds.init()

    def request(self, places: range) -> None:
        rows = [
            {"key": key_of(n), "tid": tid_of(n), "amount": AMOUNT, "paid": AMOUNT, "pay_type": "card"} for n in places
        ]
        written = self._refunds.request_many(rows)  # type: ignore[arg-type]
        assert written.requested == len(places), written

    def process(self, places: range) -> None:
        for n in places:
            refund = self._refunds.process(key_of(n))
            assert refund.state == "done", refund

    def run(self, _places: range) -> int:
        return self._refunds.run(concurrency=2, until_idle=True)

    def count(self, places: range) -> dict[str, float]:
        """Returns round trips and commits a refund."""
        store = Counting(self._store)
        refunds = Refunds(self._client, store)
        refunds.get(key_of(places[0]))
        store.trips = store.commits = 0
        for n in places:
            assert refunds.process(key_of(n)).state == "done"
        return {"trips": store.trips / len(places), "commits": store.commits / len(places)}


def resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    setting = json.loads(sys.stdin.readline())
    client = paywelcome.Client(mid=setting["mid"], sign_key=setting["sign_key"], base_url=setting["http"])
    ours = Ledger(setting, client)
    theirs = by_hand.Loop(setting["store"], client, AMOUNT)
    works: dict[str, Callable[[range], Any]] = {
        "request": ours.request,
        "process": ours.process,
        "run": ours.run,
        "count": ours.count,
        "request by hand": theirs.request,
        "process by hand": theirs.process,
    }
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        try:
            start, used = time.perf_counter(), time.process_time()
            gave = works[task["do"]](range(task["first"], task["first"] + task["count"]))
            took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}
            answer = {**took, "memory": resident(), "gave": gave}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
