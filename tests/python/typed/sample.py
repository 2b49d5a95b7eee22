"""Read by mypy, never run: what is right must pass, and each mistake that is marked must be found."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Any

import paywelcome
from paywelcome.testing import Payment, Sandbox
from paywelcome.types import ErrorKind

client = paywelcome.Client(mid="welcometst", sign_key="made-up", environment="test")
also = paywelcome.AsyncClient(mkey="0" * 64, base_url="http://127.0.0.1:1", timeout=3, on_settled=print)


def attempted(attempt: paywelcome.Attempt) -> None:
    number: int = attempt.number
    kind: ErrorKind | None = attempt.kind
    pause: float | None = attempt.pause
    began: datetime = attempt.began_at
    print(number, kind, pause, began, attempt.reference)


watched = paywelcome.Client(environment="test", on_attempt=attempted)

receipt: paywelcome.CancelReceipt = client.cancel(pay_type="card", tid="t", price=12000)
part: paywelcome.PartialCancelReceipt = client.partial_cancel(
    pay_type="culturegft", tid="t", cancel_price="3,000", confirm_price=Decimal(9000), tax=None, timeout=1.5, wait=0.5
)
price: int = receipt.price + part.remaining_price
when: datetime | None = receipt.cancelled_at
raw: dict[str, Any] = part.raw
moid: str | None = receipt.moid
done: paywelcome.CancelReceipt = paywelcome.cancel(pay_type="hpp", tid="t", price=1, cancel_type="C", reference="7")
history: dict[str, Any] = done.to_dict()


async def on_asyncio() -> int:
    async with also as opened:
        task: asyncio.Task[paywelcome.CancelReceipt] = asyncio.create_task(
            opened.cancel(pay_type="card", tid="t", price=1, currency="USD")
        )
        return (await task).price


try:
    with client as opened:
        opened.cancel(pay_type="card", tid="t", price=1)
except paywelcome.InvalidRequestError as error:
    names: list[str] = [refused.field for refused in error.errors]
except paywelcome.PaywelcomeError as error:
    outcome: str = error.outcome
    again: bool = error.safe_to_resend
    status: int | None = error.http_status
    row: str | None = error.reference
    told_of_it: dict[str, Any] = error.to_dict()

with Sandbox() as gateway:
    tid: str = gateway.approve(price=1, pay_type="card")
    payment: Payment = gateway.payment(tid)
    left: int = payment.remaining
    told: paywelcome.Client = gateway.client()
    with gateway.arm("close", when="before_applying", tid=tid, after_bytes=1) as fault:
        fired: int = fault.fired
    late: str | None = gateway.wait_for_request(tid=tid, executed=True).executed_late
    found: int = gateway.wait_until(lambda: gateway.payment(tid).cancelled, timeout=1)
    now: str = gateway.set_clock(datetime(2026, 9, 30)).now
    ignored: str = gateway.set_rules(confirm_price="ignored", freshness_seconds="off").confirm_price
    other: paywelcome.AsyncClient = gateway.add_merchant("sandbox002").async_client()
    gateway.set_balance()
    gateway.approve(price=1, currency="USD", pay_type="newpay")
    gateway.arm("close", when="late", late_ms=5, endpoint="repay", nth=1, times=2)
    gateway.arm("status", status=503, body="receipt", probability=0.5, seed=1)
    gateway.arm("refuse_connections", ms=5, close_open=False)
    gateway.arm("close", late=5)  # type: ignore[call-arg]
    gateway.arm("close", late_ms="5")  # type: ignore[arg-type]
    gateway.arm("close", endpoint="refund")  # type: ignore[arg-type]
    gateway.arm("letter_case", case="title")  # type: ignore[arg-type]
    gateway.approve(price=1, currency="KRW")  # type: ignore[arg-type]
    gateway.arm("explode")  # type: ignore[arg-type]
    gateway.arm("close", when="sometimes")  # type: ignore[arg-type]
    gateway.set_rules(confirm_price="maybe")  # type: ignore[arg-type]
    gateway.set_rules(price="ignored")  # type: ignore[call-arg]
    gateway.set_tls("broken")  # type: ignore[arg-type]

client.cancel(pay_type="card", tid="t", price=1.5)  # type: ignore[arg-type]
client.cancel(pay_type="card", tid="t")  # type: ignore[call-arg]
client.cancel(pay_type="card", tid="t", price=1, amount=1)  # type: ignore[call-arg]
client.cancel("card", "t", 1)  # type: ignore[call-arg]
client.cancel(pay_type="card", tid="t", price=1, currency="KRW")  # type: ignore[arg-type]
client.cancel(pay_type="card", tid="t", price=1, cancel_type="X")  # type: ignore[arg-type]
client.partial_cancel(pay_type="card", tid="t", cancel_price=1)  # type: ignore[call-arg]
client.cancel(pay_type="card", tid="t", price=1, reference=7)  # type: ignore[arg-type]
paywelcome.Client(environment="test", on_attempt=lambda: None)  # type: ignore[arg-type,misc,unused-ignore]
paywelcome.Client(mid="m", sign_key=b"k", environment="test")  # type: ignore[arg-type]
paywelcome.Client(mid="m", sign_key="k", environment="prod")  # type: ignore[arg-type]
print(receipt.remaining_price)  # type: ignore[attr-defined]
receipt.price.lower()  # type: ignore[attr-defined]
part = receipt  # type: ignore[assignment]
