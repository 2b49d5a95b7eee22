"""Read by mypy, never run: refunds that outlive calls, as a merchant would write them."""

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import paywelcome
from paywelcome.refunds import (
    AsyncRefunds,
    AsyncStore,
    Count,
    JournalEntry,
    Refund,
    RefundRow,
    Refunds,
    RefundsError,
    RehearsalFile,
    Requested,
    SQLiteStore,
    State,
    Store,
)

store: Store = SQLiteStore("refunds.db")
client = paywelcome.Client(environment="test")
refunds = Refunds(client, store, confirm_price_enforced=False, quiet=600)
parsed: RehearsalFile = {"format": "paywelcome-rehearsal"}
enforced: bool = Refunds(client, store, rehearsal=parsed).confirm_price_enforced
from_file = Refunds(client, store, rehearsal=Path("rehearsal.json"))

refund: Refund = refunds.request(
    "refund-17", tid="t", amount=3000, paid="12,000", pay_type="card", remaining=9000, store=store
)
rows: list[RefundRow] = [{"key": "a", "tid": "t", "amount": 1, "paid": 2, "pay_type": "card", "batch": "b"}]
many: Requested = refunds.request_many(rows, batch="concert-17")
wake: Callable[[], Refund] = partial(refunds.process, "refund-17", wait=0.5)
state: State = wake().state
keys: list[str] = refunds.due(limit=500)
ran: int = refunds.run(pace=5.0, concurrency=8, stop=threading.Event())
journal: list[JournalEntry] = refunds.attempts("refund-17")
counts: dict[State, Count] = refunds.counts()
waiting: list[Refund] = refunds.in_review()
doubted: int = refunds.restored(datetime.now(timezone.utc))
ruled: Refund = refunds.resolve("refund-17", "done", by="kim", note="seen", remaining=9000)
at: datetime | None = ruled.ended_at
if ruled.review is not None:
    why: str = ruled.review.ko.why

try:
    refunds.resolve("refund-17", "retry", by="kim")
except RefundsError as error:
    until: datetime | None = error.until

refunds.request("refund-17", tid="t", amount=1.5, paid=2, pay_type="card")  # type: ignore[arg-type]
refunds.request("refund-17", tid="t", amount=1, pay_type="card")  # type: ignore[call-arg]
refunds.request_many([{"key": "a", "tid": "t"}])  # type: ignore[typeddict-item]
refunds.request_many([{"key": "a", "tid": "t", "amount": 1, "paid": 2, "pay_type": "card", "remainig": 1}])  # type: ignore[typeddict-unknown-key]
refunds.resolve("refund-17", "give_up", by="kim")  # type: ignore[arg-type]
refunds.resolve("refund-17", "void")  # type: ignore[call-arg]
Refunds(paywelcome.AsyncClient(), store)  # type: ignore[arg-type]
Refunds(client, "refunds.db")  # type: ignore[arg-type]


async def on_asyncio(kept: AsyncStore) -> Refund:
    also = AsyncRefunds(paywelcome.AsyncClient(), kept)
    await also.init()
    AsyncRefunds(paywelcome.AsyncClient(), store)  # type: ignore[arg-type]
    number: int = await also.run(until_idle=True)
    print(number)
    return await also.process("refund-17", wait=1)
