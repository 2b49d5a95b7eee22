"""The main job, shown: both languages cancel payments at a sandbox gateway, over real connections.

Run it by `make demo`. Without Node.js, that half is left out; without Python, `alone.mjs` is run. It exits non-zero if
a single won of the ledger is off.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from first_day import show as first_day
from paywelcome import DeclinedError, InvalidRequestError, OutcomeUnknownError
from paywelcome.testing import Sandbox
from refunds import show as refunds
from relay import Relay
from tickets import show as tickets

AT_ONCE = 50
expected: dict[str, int] = {}
"""What must remain of each payment at the end, by the demo's own reckoning."""


def title(text: str) -> None:
    print(f"\n── {text} ".ljust(100, "─"))


def approve(gateway: Sandbox, price: int, pay_type: str, remains: int, currency: str = "WON") -> str:
    tid = gateway.approve(price=price, pay_type=pay_type, currency=currency)
    expected[tid] = remains
    return tid


def sync_python(gateway: Sandbox) -> None:
    title("Python: one after the other")
    line = Relay(gateway.url)
    with gateway.client(base_url=line.url) as client:
        card = approve(gateway, 12_000, "card", remains=0)
        phone = approve(gateway, 33_000, "hpp", remains=0)
        vbank = approve(gateway, 1_234_567, "vbank", remains=1_000_000)
        bank = approve(gateway, 50_000, "bank", remains=0)
        dollars = approve(gateway, 1_999, "card", remains=999, currency="USD")
        print(client.cancel(pay_type="card", tid=card, price=12_000))
        print(client.cancel(pay_type="hpp", tid=phone, price=33_000, cancel_type="C"))
        print(client.partial_cancel(pay_type="vbank", tid=vbank, cancel_price="234,567", confirm_price="1,000,000"))
        print(client.partial_cancel(pay_type="bank", tid=bank, cancel_price=20_000, confirm_price=30_000))
        print(client.partial_cancel(pay_type="bank", tid=bank, cancel_price=30_000, confirm_price=0))
        print(
            client.partial_cancel(pay_type="card", tid=dollars, cancel_price=1_000, confirm_price=999, currency="USD")
        )
    line.close()
    title("What went over the wire, first request (the signature shortened by this demo)")
    print(re.sub(r"(signature=.{8})[0-9a-f]+", r"\1…", line.requests[0].decode()))
    if any(gateway.sign_key.encode() in request for request in line.requests):
        sys.exit("the sign key went over the wire")
    print(f"\nThe sign key is in none of the {len(line.requests)} requests.")


async def async_python(gateway: Sandbox) -> None:
    title(f"Python: {AT_ONCE} at once on asyncio")
    payments = [(approve(gateway, 1_000 + n, "card", remains=0), 1_000 + n) for n in range(AT_ONCE)]
    async with gateway.async_client() as client:
        calls = (client.cancel(pay_type="card", tid=tid, price=price) for tid, price in payments)
        receipts = await asyncio.gather(*calls)
    print(f"{len(receipts)} receipts, {sum(receipt.price for receipt in receipts):,} won given back")


def node(gateway: Sandbox) -> None:
    title(f"Node.js: {AT_ONCE} at once, half of them in part")
    if not (shutil.which("node") and shutil.which("npm")):
        print("left out, since there is no Node.js with npm on the PATH")
        return
    payments = []
    for n in range(AT_ONCE):
        partly = n % 2 == 0
        tid = approve(gateway, 2_000 + n, "card", remains=2_000 + n - 500 if partly else 0)
        payments.append({"tid": tid, "price": 2_000 + n, "cancelPrice": 500 if partly else None})
    environment = {
        **os.environ,
        "PAYWELCOME_MID": gateway.mid,
        "PAYWELCOME_SIGN_KEY": gateway.sign_key,
        "PAYWELCOME_BASE_URL": gateway.url,
    }
    script = Path(__file__).with_name("demo.mjs")
    subprocess.run(["node", script], input=json.dumps(payments), text=True, env=environment, check=True, timeout=60)


def refusals(gateway: Sandbox) -> None:
    title("A decline: nothing moved")
    tid = approve(gateway, 10_000, "card", remains=4_000)
    client = gateway.client()
    client.partial_cancel(pay_type="card", tid=tid, cancel_price=6_000, confirm_price=4_000)
    try:
        client.partial_cancel(pay_type="card", tid=tid, cancel_price=6_000, confirm_price=0)
        sys.exit("the gateway gave back more than was paid")
    except DeclinedError as error:
        print(f"outcome={error.outcome} result_code={error.result_code}\n{error.result_msg}")

    title("A call with wrong arguments: every one is named, nothing was sent")
    before = gateway.request_count
    try:
        client.cancel(pay_type="Card", tid=" " + tid, price=10_000.5, currency="KRW")  # type: ignore[arg-type]
        sys.exit("wrong arguments were taken")
    except InvalidRequestError as error:
        for wrong in error.errors:
            print(f"{wrong.field}: {wrong.message}")
    if gateway.request_count != before:
        sys.exit("something was sent in spite of wrong arguments")


def unknown(gateway: Sandbox) -> None:
    title("The line is cut after the gateway did it: unknown, and not sent again")
    tid = approve(gateway, 7_000, "card", remains=5_000)
    line = Relay(gateway.url, cut=True)
    try:
        gateway.client(base_url=line.url).partial_cancel(
            pay_type="card", tid=tid, cancel_price=2_000, confirm_price=5_000
        )
        sys.exit("a lost answer was taken for a receipt")
    except OutcomeUnknownError as error:
        print(f"outcome={error.outcome} kind={error.kind} safe_to_resend={error.safe_to_resend}\n{error}")
    line.close()
    payment = gateway.payment(tid)
    print(f"sent {len(line.requests)} time(s)")
    print(f"the truth, in the gateway's ledger: {payment.remaining:,} of {payment.price:,} won remain")
    if len(line.requests) != 1:
        sys.exit("the request was sent more than once")


def audit(gateway: Sandbox) -> None:
    title("The ledger")
    payments = gateway.payments()
    print(f"{'pay type':10}{'currency':10}{'payments':>9}{'approved':>14}{'given back':>14}{'remaining':>14}")
    for kind in sorted({(payment.pay_type, payment.currency) for payment in payments}):
        of_kind = [payment for payment in payments if (payment.pay_type, payment.currency) == kind]
        sums = (sum(getattr(payment, name) for payment in of_kind) for name in ("price", "cancelled", "remaining"))
        print(f"{kind[0]:10}{kind[1]:10}{len(of_kind):>9}", *(f"{total:>13,}" for total in sums))
    off = [payment for payment in payments if payment.remaining != expected[payment.tid]]
    off += [payment for payment in payments if payment.cancelled + payment.remaining != payment.price]
    if off or len(payments) != len(expected):
        sys.exit(f"the ledger is off: {off}")
    print(f"\nEvery won and cent of {len(payments)} payments is accounted for, after {gateway.executions} cancels.")


def main() -> None:
    with Sandbox() as gateway:
        print(f"A sandbox gateway listens on {gateway.url}; no money moves.")
        sync_python(gateway)
        asyncio.run(async_python(gateway))
        node(gateway)
        refusals(gateway)
        unknown(gateway)
        refunds(gateway, title, expected)
        tickets(gateway, title, expected)
        audit(gateway)
    first_day(title)


if __name__ == "__main__":
    main()
