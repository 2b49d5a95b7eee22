"""Read by mypy and pyright, never run: what an editor shows is what is meant, for both clients alike."""

from datetime import datetime
from typing import Any, Literal

from typing_extensions import assert_type

import paywelcome
from paywelcome.testing import FaultKind, Sandbox
from paywelcome.types import Amount, Currency, ErrorKind, OnSettled, Outcome, PayType

# The guide's list is of examples, so a new word passes beside those that are offered; there are two currencies.
word: PayType = "culturegft"
known: PayType = "vbank"
won: Currency = "WON"
krw: Currency = "KRW"  # type: ignore[assignment]
amount: Amount = 12000


class Int64:
    """As numpy's integers are."""

    def __index__(self) -> int:
        return 12000


numpys: Amount = Int64()
part: Amount = 0.5  # type: ignore[assignment]


def settled(end: paywelcome.Settled) -> None:
    assert_type(end.tid, str)
    assert_type(end.receipt, paywelcome.CancelReceipt | paywelcome.PartialCancelReceipt | None)
    assert_type(end.error, paywelcome.PaywelcomeError | None)
    assert_type(end.to_dict(), dict[str, Any])
    if end.outcome == "done":
        assert_type(end, paywelcome.SettledDone)
        assert_type(end.receipt, paywelcome.CancelReceipt | paywelcome.PartialCancelReceipt)
        assert_type(end.receipt.outcome, Literal["done"])
        return
    assert_type(end, paywelcome.SettledNotDone)
    assert_type(end.error.kind, ErrorKind)
    if end.outcome == "declined":
        return
    rest: Literal["not_sent", "unknown"] = end.outcome
    print(rest)


def failed(error: paywelcome.PaywelcomeError) -> str:
    assert_type(error.result_code, str | None)
    if error.kind == "time_out":  # type: ignore[comparison-overlap]
        print("no kind is written so")
    if isinstance(error, paywelcome.DeclinedError):
        assert_type(error.outcome, Literal["declined"])
        return error.result_code
    if isinstance(error, paywelcome.NotSentError):
        assert_type(error.outcome, Literal["not_sent"])
    return error.kind


told: OnSettled = settled


def with_threads(client: paywelcome.Client) -> None:
    assert_type(client.cancel(pay_type=known, tid="t", price=amount, currency=won), paywelcome.CancelReceipt)
    given = client.partial_cancel(pay_type="newpay", tid="t", cancel_price="3,000", confirm_price=0)
    assert_type(given, paywelcome.PartialCancelReceipt)
    assert_type(given.remaining_price, int)
    assert_type(given.cancel_tid, str | None)
    assert_type(given.cancelled_at, datetime | None)
    assert_type(given.raw, dict[str, Any])
    assert_type(given.mismatches, tuple[paywelcome.Mismatch, ...])
    for each in given.mismatches:
        assert_type(each.answered, str | None)
    assert_type(client.close(timeout=1), list[paywelcome.OpenCall])
    with client as same:
        assert_type(same, paywelcome.Client)
    for call in client.close():
        assert_type(call.outcome, Literal["unknown"])


async def on_asyncio(client: paywelcome.AsyncClient) -> None:
    assert_type(await client.cancel(pay_type=known, tid="t", price=amount, currency=won), paywelcome.CancelReceipt)
    given = await client.partial_cancel(pay_type="newpay", tid="t", cancel_price="3,000", confirm_price=0)
    assert_type(given, paywelcome.PartialCancelReceipt)
    assert_type(await client.aclose(timeout=1), list[paywelcome.OpenCall])
    async with client as same:
        assert_type(same, paywelcome.AsyncClient)
    print(client.cancel(pay_type="card", tid="t", price=1).price)  # type: ignore[attr-defined]


def what_failed(error: paywelcome.PaywelcomeError) -> None:
    assert_type(error.outcome, Literal["not_sent", "declined", "unknown"])
    outcome: Outcome = error.outcome
    assert_type(error.host, str | None)
    assert_type(error.body_excerpt, str | None)
    assert_type(error.errors, list[paywelcome.FieldError])
    assert_type(error.errors[0].message, str)
    assert_type(error.safe_to_resend, bool)
    assert_type(error.result_code, str | None)
    assert_type(error.raw, dict[str, Any] | None)
    if error.outcome == "failed":  # type: ignore[comparison-overlap]
        print(outcome)


with Sandbox() as gateway:
    kind: FaultKind = gateway.arm("close").kind
    assert_type(gateway.client(), paywelcome.Client)
    assert_type(gateway.async_client(), paywelcome.AsyncClient)
