"""A batch from a file: its bad line is named, a worker sends it at its pace, and a settlement file agrees."""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from paywelcome.testing import Sandbox

TICKETS, PAID = 200, 12_000
HEADER = ("환불번호", "거래ID", "취소금액", "결제금액", "결제수단")


def show(gateway: Sandbox, title: Callable[[str], None], expected: dict[str, int]) -> None:
    title(f"{TICKETS} tickets of a concert that is cancelled, from a file as Excel writes it")
    with tempfile.TemporaryDirectory() as folder:
        tids = [gateway.approve(price=PAID, pay_type="card") for _ in range(TICKETS)]
        amounts = [PAID if number % 5 else 3_000 for number in range(TICKETS)]
        rows = [
            (f"ticket-{number}", tid, f"{amount:,}", f"{PAID:,}", "신용카드")
            for number, (tid, amount) in enumerate(zip(tids, amounts, strict=True))
        ]
        tickets, settlement = Path(folder, "tickets.csv"), Path(folder, "settlement.csv")
        env = {**os.environ, **gateway.environment, "PAYWELCOME_STORE": f"sqlite:{Path(folder, 'concert.db')}"}

        def refunds(*words: str, code: int = 0) -> None:
            command = [sys.executable, "-m", "paywelcome", "refunds", *words]
            print(f"\n$ paywelcome refunds {' '.join(Path(word).name for word in words)}", flush=True)
            ended = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
            said = [line for line in ended.stdout.splitlines() if " INFO " not in line]
            print("\n".join(said).replace(folder, "."), flush=True)
            if ended.returncode != code:
                sys.exit(f"it ended with {ended.returncode}, not with {code}")

        wrong = [*rows[:2], ("ticket-2", "1.23E+15", "3,000", f"{PAID:,}", "신용카드"), *rows[3:]]
        write(tickets, HEADER, wrong)
        refunds("import", str(tickets), "--batch", "concert-17", "--check", code=2)
        write(tickets, HEADER, rows)
        refunds("init")
        refunds("import", str(tickets), "--batch", "concert-17", "--pace", "500", "--yes")
        refunds("run", "--batch", "concert-17", "--until-idle", "--quiet", "0")
        shown = [
            (tid, cancel.amount, cancel.remaining, cancel.date_time)
            for tid in tids
            for cancel in gateway.payment(tid).cancels
        ]
        write(settlement, ("거래ID", "취소금액", "취소후 남은금액", "취소일시"), shown)
        refunds("reconcile", str(settlement))
        expected.update((tid, PAID - amount) for tid, amount in zip(tids, amounts, strict=True))


def write(file: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with file.open("w", encoding="cp949", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])
