"""What lives and storms are played on: databases that have the tables, and what is missing on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from elsewhere import TESTS, engines
from tables import Files, Tables, install

from paywelcome.refunds.psycopg import PsycopgStore
from paywelcome.testing import Sandbox


@dataclass
class Databases:
    """The stores that there are, and why others are not."""

    postgres: Tables | None
    files: Files
    missing: dict[str, str] = field(default_factory=dict)
    """Why a store can't be tested, or a language."""

    def why_not(self, names: Iterable[str]) -> str | None:
        """Says why these can't be tested together; None where they can."""
        return next((self.missing[name] for name in names if name in self.missing), None)

    def tables(self, store: str) -> Tables:
        """Returns a file of SQLite's own, or the one database of PostgreSQL."""
        if store == "sqlite":
            return self.files.make()
        assert self.postgres is not None
        return self.postgres


def _no_node(imports: str) -> str | None:
    tried = subprocess.run(
        ["node", "--input-type=module", "-e", imports],
        cwd=TESTS / "stores" / "node",
        capture_output=True,
        text=True,
    )
    if tried.returncode == 0:
        return None
    said = [line for line in tried.stderr.splitlines() if "Error" in line]
    return f"NO NODE.JS WAS TESTED: `make .build/stores-node` installs its drivers ({''.join(said[:1])})"


@contextmanager
def opened() -> Iterator[Databases]:
    """Opens the databases, and clears them away."""
    with ExitStack() as stack:
        # In memory, where there is such a place: a killed process loses nothing that only a power cut would.
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        folder = Path(tempfile.mkdtemp(prefix="paywelcome-", dir=place))
        stack.callback(shutil.rmtree, folder)
        gateway = stack.enter_context(Sandbox())
        client = gateway.client()
        stack.callback(client.close)
        databases = Databases(None, Files(folder, client))
        drivers = "import Database from 'better-sqlite3'; new Database(':memory:'); import 'pg'"
        needed = {"node": drivers, "bullmq": "import 'bullmq'; import 'ioredis'", "pg-boss": "import 'pg-boss'"}
        for name, imports in needed.items():
            if (why := _no_node(imports)) is not None:
                databases.missing[name] = why
        for name in ("redis", "rabbitmq"):
            if (why := engines.missing(name)) is not None:
                databases.missing[name] = why
        try:
            engine = stack.enter_context(engines.start("postgres"))
            store = PsycopgStore(engine.url)
            install(store, client)
            store.close()
            databases.postgres = Tables({"kind": "postgres", "url": engine.url})
            stack.callback(databases.postgres.close)
        except engines.Missing as missing:
            databases.missing["postgres"] = str(missing)
        yield databases
