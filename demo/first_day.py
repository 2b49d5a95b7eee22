"""The first day: a gateway that is not as the guide says is rehearsed with, and a sandbox then answers as it did."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from paywelcome import DeclinedError, PaywelcomeError
from paywelcome.refunds import Refunds, SQLiteStore
from paywelcome.testing import Sandbox

PRICE = 1_000


def show(title: Callable[[str], None]) -> None:
    title("The first day, at a gateway of other timestamps that checks confirmPrice a moment too early")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rehearsal.json")
        with Sandbox() as theirs:
            theirs.set_rules(timestamp="13", confirm_price_at_once="ignored")
            rehearse(theirs, file)
            gave_back = sum(payment.cancelled for payment in theirs.payments())
            if gave_back > 2 * PRICE:
                sys.exit(f"the rehearsal gave back {gave_back} won of {2 * PRICE} that were paid")
            title("Refunds with this file: a refund whose answer is lost waits for a person")
            refunds = Refunds(theirs.client(), SQLiteStore(Path(folder, "refunds.db")), rehearsal=file)
            print(f"confirm_price_enforced is {refunds.confirm_price_enforced}")
            if refunds.confirm_price_enforced:
                sys.exit("it was taken for proven, and is not")
        title("A sandbox with this file, for tests: it answers as that gateway did")
        with Sandbox(rehearsal=file) as gateway:
            play(gateway)


def rehearse(gateway: Sandbox, file: Path) -> None:
    one, two = (gateway.approve(price=PRICE, pay_type="card") for _ in range(2))
    words = ["rehearse", "--tid", one, "--price", str(PRICE), "--pay-type", "card"]
    words += ["--full-tid", two, "--full-price", str(PRICE), "--out", str(file), "--yes", "--lang", "en"]
    env = {**os.environ, **gateway.environment}
    ended = subprocess.run([sys.executable, "-m", "paywelcome", *words], env=env, capture_output=True, encoding="utf-8")
    said = ended.stdout + ended.stderr
    asked = sum(line.startswith("[") for line in said.splitlines())
    print(f"$ paywelcome rehearse --tid TID --price {PRICE} --pay-type card --full-tid TID2 --full-price {PRICE} --yes")
    print(f"… {asked} questions, each with its answer, which this demo leaves out …\n")
    print(said[said.index("What was found") :].replace(str(file), file.name).rstrip())
    if ended.returncode != 0:
        sys.exit(f"it ended with {ended.returncode}")


def play(gateway: Sandbox) -> None:
    tid = gateway.approve(price=PRICE, pay_type="card")
    try:
        gateway.client().partial_cancel(pay_type="card", tid=tid, cancel_price=100, confirm_price=900)
        sys.exit("the sandbox takes a timestamp that the gateway refused")
    except DeclinedError as error:
        print(f"timestamp_format as the guide says: {error.outcome}, {error.result_code}")
    with gateway.client(timestamp_format="epoch_ms") as client:

        def once(_: int) -> str:
            try:
                client.partial_cancel(pay_type="card", tid=tid, cancel_price=100, confirm_price=900)
            except PaywelcomeError as error:
                return error.outcome
            return "done"

        with ThreadPoolExecutor(5) as threads:
            outcomes = list(threads.map(once, range(5)))
    gone = gateway.payment(tid).cancelled
    print(f"timestamp_format as found, the same partial cancel five times at once: {outcomes.count('done')} done")
    print(f"100 won were to go back, and {gone} did: such a cancel must never be sent twice")
    if gone != 100 * outcomes.count("done"):
        sys.exit("the ledger does not agree with the receipts")
