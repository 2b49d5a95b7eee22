"""Refunds that outlive their workers: answers are lost, a worker is killed, and another takes over."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from paywelcome.refunds import Refund, Refunds, SQLiteStore
from paywelcome.testing import Sandbox

REFUNDS = 50
PAID, AMOUNT = 10_000, 3_000
KILLED_AFTER = 15


def show(gateway: Sandbox, title: Callable[[str], None], expected: dict[str, int]) -> None:
    title(f"{REFUNDS} refunds, a third of the answers lost, a worker killed in the middle")
    with tempfile.TemporaryDirectory() as folder, gateway.client(timeout=2) as client:
        database = Path(folder, "refunds.db")
        refunds = Refunds(client, SQLiteStore(database), quiet=0)
        for number in range(REFUNDS):
            tid = gateway.approve(price=PAID, pay_type="card")
            refunds.request(f"refund-{number}", tid=tid, amount=AMOUNT, paid=PAID, pay_type="card")
        lost = [
            gateway.arm("close", when=when, probability=1 / 6, seed=1) for when in ("before_applying", "after_applying")
        ]
        first = worker(gateway, database)
        wait_until(
            lambda: sum(counted.refunds for state, counted in refunds.counts().items() if ended(state)) >= KILLED_AFTER
        )
        first.kill()
        first.wait()
        print(f"killed with SIGKILL: {summary(refunds)}")
        second = worker(gateway, database, "--until-idle")
        second.wait(timeout=60)
        # What the first one held is looked at when its lease is over.
        wait_until(lambda: not refunds.counts()["sending"].refunds or process_all(refunds))
        for fault in lost:
            fault.disarm()
        print(f"another took over:   {summary(refunds)}")

        open_cases = refunds.in_review()
        title("What a person has to look at: the first of them, as it is shown")
        tell(open_cases[0])
        for refund in open_cases:
            rule(refunds, refund, gateway)
        process_all(refunds)
        print(f"\n{len(open_cases)} looked at and ruled: {summary(refunds)}")
        for number in range(REFUNDS):
            refund = refunds.get(f"refund-{number}")
            if refund.state != "done" or gateway.payment(refund.tid).remaining != PAID - AMOUNT:
                sys.exit(f"{refund} does not agree with the gateway's ledger")
            expected[refund.tid] = PAID - AMOUNT
        print(f"{REFUNDS} refunds of {AMOUNT:,} won each: the database and the gateway's ledger agree to the won")


def ended(state: str) -> bool:
    return state in ("done", "declined", "void", "review")


def worker(gateway: Sandbox, database: Path, *options: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PAYWELCOME_MID": gateway.mid,
        "PAYWELCOME_SIGN_KEY": gateway.sign_key,
        "PAYWELCOME_BASE_URL": gateway.url,
    }
    # What it logs of refunds in review is shown at the end.
    program = Path(__file__).with_name("worker.py")
    return subprocess.Popen([sys.executable, program, database, *options], env=environment, stderr=subprocess.DEVNULL)


def wait_until(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > until:
            sys.exit("the refunds of the demo did not end in a minute")
        time.sleep(0.02)


def process_all(refunds: Refunds) -> bool:
    for key in refunds.due():
        refunds.process(key)
    return False


def rule(refunds: Refunds, refund: Refund, gateway: Sandbox) -> None:
    """Does what a person would: looks in the merchant admin, which is the sandbox's ledger here."""
    is_there = gateway.payment(refund.tid).remaining < PAID
    if not is_there:
        # What was sent may arrive until then, so that this ruling is refused before.
        wait_until(lambda: refund.quiet_over_at is None or refund.quiet_over_at.timestamp() < time.time())
    refunds.resolve(refund.key, "done" if is_there else "retry", by="the demo", note="looked in the sandbox's ledger")


def summary(refunds: Refunds) -> str:
    return ", ".join(f"{count.refunds} {state}" for state, count in refunds.counts().items() if count.refunds)


def tell(refund: Refund) -> None:
    print(f"{refund.key}: {refund.amount:,} won of {refund.tid}")
    assert refund.review is not None
    for text in (refund.review.ko, refund.review.en):
        print(f"\n{text.why}")
        for line in text.look_for:
            print(f"  · {line}")
        for ruling, meaning in text.rulings.items():
            print(f"  {ruling}: {meaning}")
