"""The tables of the ledger, read without the library: what is recorded is what counts."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paywelcome import Client
from paywelcome.refunds import Refunds, SQLiteStore

Row = Mapping[str, Any]
TRIES = 100
"""How often a database is asked that is gone for a while."""
BUSY = """SELECT count(*) FROM paywelcome_refund r JOIN paywelcome_payment p ON p.mid = r.mid AND p.tid = r.tid
WHERE r.mid = {mid} AND (r.state IN ('sending', 'unknown')
OR r.state = 'requested' AND (p.open_refund IS NULL OR p.open_refund = r.refund_key))"""


@dataclass
class Written:
    """What is recorded of one refund."""

    refund: Row
    payment: Row
    journal: list[Row] = field(default_factory=list)

    @property
    def state(self) -> str:
        return str(self.refund["state"])

    @property
    def stands(self) -> str:
        """The state, and why it is in review."""
        return f"review ({self.refund['note']})" if self.state == "review" else self.state


class Tables:
    """One database. A store of it is opened by what `told` says."""

    def __init__(self, told: dict[str, str]) -> None:
        self.told = told
        self._connection: Any = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def is_busy(self, mid: str) -> bool:
        """Whether a worker can still do something about one of the merchant's refunds, now or later."""
        return bool(self._rows(BUSY, mid)[0]["count"])

    def read(self, mid: str) -> dict[str, Written]:
        """Returns all refunds of a merchant, by their keys."""
        payments = {row["tid"]: row for row in self._rows("SELECT * FROM paywelcome_payment WHERE mid = {mid}", mid)}
        found = {
            row["refund_key"]: Written(row, payments[row["tid"]])
            for row in self._rows("SELECT * FROM paywelcome_refund WHERE mid = {mid}", mid)
        }
        for row in self._rows("SELECT * FROM paywelcome_attempt WHERE mid = {mid} ORDER BY entry", mid):
            found[row["refund_key"]].journal.append(row)
        return found

    def _rows(self, template: str, mid: str) -> Sequence[Row]:
        if self.told["kind"] == "sqlite":
            with closing(sqlite3.connect(self.told["file"], timeout=30)) as connection:
                cursor = connection.execute(template.format(mid="?").replace("count(*)", "count(*) AS count"), (mid,))
                names = [each[0] for each in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor]
        import psycopg
        from psycopg.rows import dict_row

        for left in reversed(range(TRIES)):
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self.told["url"], autocommit=True, row_factory=dict_row)
                rows: Sequence[Row] = self._connection.execute(template.format(mid="%s"), (mid,)).fetchall()
                return rows
            except psycopg.OperationalError:
                # It has crashed, and comes again.
                self._connection = None
                if not left:
                    raise
                time.sleep(0.1)
        raise AssertionError


def install(store: Any, client: Client) -> None:
    Refunds(client, store, quiet=0).init()


class Files:
    """Databases of SQLite, each a copy of one that has the tables."""

    def __init__(self, folder: Path, client: Client) -> None:
        self._folder = folder
        self._count = 0
        self._template = folder / "template.db"
        store = SQLiteStore(self._template)
        install(store, client)
        store.close()

    def make(self) -> Tables:
        self._count += 1
        file = self._folder / f"refunds-{self._count}.db"
        shutil.copyfile(self._template, file)
        return Tables({"kind": "sqlite", "file": str(file)})
