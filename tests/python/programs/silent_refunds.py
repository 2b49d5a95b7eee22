"""Makes a refund, looks at how all fare, runs a worker, and prints which modules that brought."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from paywelcome.testing import Sandbox

before = set(sys.modules)

from paywelcome.refunds import Refunds, SQLiteStore  # noqa: E402

with Sandbox() as gateway, gateway.client() as client, TemporaryDirectory() as folder:
    store = SQLiteStore(Path(folder) / "refunds.db")
    refunds = Refunds(client, store, quiet=0)
    for key in ("one", "two"):
        refunds.request(key, tid=gateway.approve(price=12000), amount=3000, paid=12000, pay_type="card")
    assert refunds.process("one").state == "done"
    assert refunds.health()["due_lag"] is not None
    assert refunds.run(until_idle=True) == 1
    store.close()

print(json.dumps(sorted(set(sys.modules) - before)))
