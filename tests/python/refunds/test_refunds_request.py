"""What is asked for with a refund: recorded once, with everything that is wrong told at once, and nothing sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import paywelcome
from books import Asyncio, Book, for_asyncio
from paywelcome.refunds import Refund, RefundsError, Requested, SQLiteStore, schema
from paywelcome.testing import Sandbox

Opens = Callable[..., Book]
TID = "WPPGCARD01welcometst20260930151000000001"
ASKED: dict[str, Any] = {"tid": TID, "amount": 3000, "paid": 12000, "pay_type": "card"}


def fields(error: pytest.ExceptionInfo[paywelcome.InvalidRequestError]) -> list[str]:
    assert all(each.message for each in error.value.errors)
    return [each.field for each in error.value.errors]


def test_a_refund_is_written_down_and_nothing_is_sent(book: Book, sandbox: Sandbox) -> None:
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    refund = book.request("refund-17", **ASKED, tax=200, taxfree="100", reference="R-1", batch="concert-17")
    assert isinstance(refund, Refund)
    assert (refund.key, refund.mid, refund.tid, refund.state) == ("refund-17", sandbox.mid, TID, "requested")
    assert (refund.amount, refund.paid, refund.remaining) == (3000, 12000, 12000)
    assert (refund.tax, refund.taxfree, refund.reference, refund.batch) == (200, 100, "R-1", "concert-17")
    assert (refund.pay_type, refund.currency) == ("card", "WON")
    assert refund.operation is refund.confirm_price is refund.sent_at is refund.outcome is refund.review is None
    assert before <= refund.requested_at <= datetime.now(timezone.utc)
    assert refund.requested_at.utcoffset() == timedelta(0)
    assert refund.due_at == refund.updated_at == refund.requested_at
    assert not refund.is_ended
    assert book.get("refund-17") == refund
    assert book.due() == ["refund-17"]
    assert sandbox.requests() == []


def test_the_same_request_again_gives_what_is_there(book: Book) -> None:
    first = book.request("refund-17", **ASKED)
    again = book.request("refund-17", **{**ASKED, "amount": Decimal(3000), "paid": "12000"})
    assert again == first
    assert book.counts()["requested"].refunds == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount": 3001}, "amount"),
        ({"paid": 12001}, "paid"),
        ({"tid": TID[:-1] + "2"}, "tid"),
        ({"pay_type": "bank"}, "pay_type"),
        ({"currency": "USD"}, "currency"),
        ({"tax": 1}, "tax"),
        ({"taxfree": 1}, "taxfree"),
    ],
)
def test_a_known_key_with_other_values_is_refused(book: Book, changed: dict[str, Any], field: str) -> None:
    first = book.request("refund-17", **ASKED)
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request("refund-17", **{**ASKED, **changed})
    assert field in fields(refused)
    assert book.get("refund-17") == first


def test_everything_that_is_wrong_is_told_at_once(book: Book, sandbox: Sandbox) -> None:
    wrong = {
        "tid": "",
        "amount": 0,
        "paid": 10.5,
        "pay_type": "CARD",
        "remaining": -1,
        "currency": "KRW",
        "tax": "x",
        "taxfree": True,
        "reference": "x" * 201,
        "batch": " b",
    }
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request("a\nb", **wrong)
    assert sorted(fields(refused)) == sorted(["key", *wrong])
    error = refused.value
    assert (error.outcome, error.mid, error.safe_to_resend) == ("not_sent", sandbox.mid, True)
    assert "nothing was recorded" in str(error)
    assert all(f"{name}: " in str(error) for name in wrong)
    assert book.due() == []


@pytest.mark.parametrize("key", ["", " x", "x" * 101, "a\x00b", 17, None, b"x", "\ud800"])
def test_a_key_that_is_none(book: Book, key: Any) -> None:
    for call in (
        lambda: book.request(key, **ASKED),
        lambda: book.process(key),
        lambda: book.get(key),
        lambda: book.attempts(key),
        lambda: book.resolve(key, "void", by="me"),
    ):
        with pytest.raises(paywelcome.InvalidRequestError) as refused:
            call()
        assert fields(refused) == ["key"]


def test_no_more_can_be_asked_for_than_remains(book: Book) -> None:
    book.request("refund-1", **ASKED, remaining=5000)
    with pytest.raises(paywelcome.InvalidRequestError, match="still be requested, 2000") as refused:
        book.request("refund-2", **ASKED)
    assert fields(refused) == ["amount"]
    assert book.request("refund-3", **{**ASKED, "amount": 2000}).remaining == 5000
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request("refund-4", **{**ASKED, "amount": 12001})
    assert fields(refused) == ["amount"]
    assert book.counts()["requested"].amount == 5000


def test_many_are_written_down_all_or_none(book: Book) -> None:
    rows = [{**ASKED, "key": f"refund-{n}", "amount": 100 + n, "tid": f"tid{n % 700:037}"} for n in range(2500)]
    assert book.request_many(rows[:1500], batch="concert-17") == Requested(1500, 0)
    assert book.request_many(rows, batch="concert-17") == Requested(1000, 1500)
    assert book.get("refund-2499").batch == "concert-17"
    assert len(book.due(limit=100_000, batch="concert-17")) == 2500
    assert book.due(batch="concert-18") == []
    wrong = [{**ASKED, "key": "new-1"}, {**rows[3], "amount": 999}, {**ASKED, "key": "new-1"}]
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request_many(wrong)
    assert fields(refused) == ["rows[2].key"]
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request_many(wrong[:2])
    assert fields(refused) == ["rows[1].amount"]
    with pytest.raises(RefundsError):
        book.get("new-1")
    assert book.counts()["requested"].refunds == 2500


def test_what_is_asked_of_a_payment_adds_up_within_a_thousand_rows_and_across(book: Book) -> None:
    rows = [{**ASKED, "key": f"refund-{n}", "amount": 4000, "tid": f"tid{n % 700:037}"} for n in range(1400)]
    assert book.request_many(rows) == Requested(1400, 0)
    for payment in (299, 300, 699):
        one = {**ASKED, "key": f"third-{payment}", "tid": f"tid{payment:037}"}
        with pytest.raises(paywelcome.InvalidRequestError, match="still be requested, 4000"):
            book.request_many([{**one, "amount": 4001}])
        assert book.request_many([{**one, "amount": 4000}]) == Requested(1, 0)


def test_rows_of_one_payment_agree_on_what_remained_before_them(book: Book) -> None:
    rows = [{**ASKED, "key": key, "amount": 1000, "remaining": 9000} for key in ("a", "b", "c")]
    # What remains before each of them is not what is asked for.
    with pytest.raises(paywelcome.InvalidRequestError, match="says of this payment, 9000; pass what") as refused:
        book.request_many([*rows[:2], {**rows[2], "remaining": 7000}])
    assert fields(refused) == ["rows[2].remaining"]
    assert book.due() == []
    other = {**ASKED, "tid": "T2", "key": "d", "remaining": 8000}
    assert book.request_many([rows[0], other, {**rows[1], "remaining": None}, rows[2]]) == Requested(4, 0)
    assert (book.get("b").remaining, book.get("d").remaining) == (9000, 8000)


def test_a_row_that_is_misspelt_is_refused(book: Book) -> None:
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request_many([{**ASKED, "key": "a"}, {**ASKED, "key": "b", "remainig": 3000}, 17])
    assert fields(refused) == ["rows[1].remainig", "rows[2]"]
    assert book.due() == []
    assert book.request_many([]) == Requested(0, 0)


def test_a_batch_of_a_row_goes_before_that_of_all(book: Book) -> None:
    book.request_many([{**ASKED, "key": "a", "batch": "own"}, {**ASKED, "key": "b"}], batch="all")
    assert (book.get("a").batch, book.get("b").batch) == ("own", "all")


def test_a_request_is_committed_with_the_callers_transaction(book: Book, tmp_path: Path) -> None:
    book.init()
    caller = sqlite3.connect(tmp_path / "refunds.db", check_same_thread=False)
    caller.execute("CREATE TABLE orders (id)")
    caller.execute("INSERT INTO orders VALUES (17)")
    book.request("refund-17", **ASKED, store=book.given(SQLiteStore(caller)))
    with pytest.raises(RefundsError) as missing:
        book.get("refund-17")
    assert missing.value.kind == "not_found"
    caller.rollback()
    with pytest.raises(RefundsError):
        book.get("refund-17")
    caller.execute("INSERT INTO orders VALUES (18)")
    book.request("refund-18", **ASKED, store=book.given(SQLiteStore(caller)))
    rows = [{**ASKED, "key": "refund-19"}]
    assert book.request_many(rows, store=book.given(SQLiteStore(caller))) == Requested(1, 0)
    caller.commit()
    assert book.get("refund-18").state == book.get("refund-19").state == "requested"
    assert caller.execute("SELECT id FROM orders").fetchall() == [(18,)]
    caller.close()


def test_a_request_that_is_refused_leaves_the_callers_transaction_as_it_was(book: Book, tmp_path: Path) -> None:
    book.init()
    caller = sqlite3.connect(tmp_path / "refunds.db", check_same_thread=False)
    caller.execute("CREATE TABLE orders (id)")
    caller.execute("INSERT INTO orders VALUES (17)")
    rows = [{**ASKED, "key": "a"}, {**ASKED, "key": "b", "paid": 13000}]
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        book.request_many(rows, store=book.given(SQLiteStore(caller)))
    assert fields(refused) == ["rows[1].paid"]
    caller.commit()
    assert caller.execute("SELECT id FROM orders").fetchall() == [(17,)]
    assert book.due() == []
    caller.close()


def test_the_tables_of_a_file_are_created_at_the_first_use(opens: Opens, tmp_path: Path) -> None:
    assert opens().counts()["done"].refunds == 0
    # In a caller's transaction they may be taken back again.
    path = tmp_path / "other.db"
    caller = sqlite3.connect(path, check_same_thread=False)
    book = opens(store=SQLiteStore(path))
    book.request("refund-17", **ASKED, store=book.given(SQLiteStore(caller)))
    caller.rollback()
    caller.close()
    assert book.due() == []
    assert book.request("refund-17", **ASKED).state == "requested"


class Plain:
    """A store that is not the package's own: its owner's migrations create the tables."""

    def __init__(self, store: SQLiteStore) -> None:
        self.dialect = store.dialect
        self.query, self.transaction, self.in_transaction = store.query, store.transaction, store.in_transaction


def test_missing_tables_are_told_where_migrations_create_them(opens: Opens, store: SQLiteStore) -> None:
    book = opens(store=Plain(store))
    calls: list[Callable[[], object]] = [
        book.due,
        lambda: book.process("refund-17"),
        lambda: book.request("refund-17", **ASKED),
        lambda: book.run(until_idle=True),
    ]
    for call in calls:
        with pytest.raises(RefundsError, match="paywelcome refunds schema") as missing:
            call()
        assert missing.value.kind == "schema"
    book.init()
    book.init()
    assert book.request("refund-17", **ASKED).state == "requested"
    assert book.due() == ["refund-17"]


def test_settings_that_are_wrong_are_all_named(opens: Opens) -> None:
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        opens(confirm_price_enforced="yes", quiet=-1)
    assert fields(refused) == ["confirm_price_enforced", "quiet"]
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        opens(quiet=599, client={"base_url": "https://gateway.example", "environment": None})
    assert fields(refused) == ["quiet"]
    assert "ten minutes" in str(refused.value)
    assert opens(client={"base_url": "https://gateway.example"}, quiet=600).refunds.mid


def test_the_kinds_are_not_mixed(opens: Opens, store: SQLiteStore) -> None:
    book = opens()
    other = paywelcome.refunds.Refunds if isinstance(book, Asyncio) else paywelcome.refunds.AsyncRefunds
    with pytest.raises(TypeError, match=other.__name__):
        other(book.client, store)
    with pytest.raises(TypeError, match=type(book.refunds).__name__):
        type(book.refunds)(object(), store)
    wrong_store = store if isinstance(book, Asyncio) else for_asyncio(store)
    with pytest.raises(TypeError, match=type(wrong_store).__name__):
        type(book.refunds)(book.client, wrong_store)
    for wrong in (None, "refunds.db", object()):
        with pytest.raises(paywelcome.InvalidRequestError) as refused:
            type(book.refunds)(book.client, wrong)
        assert fields(refused) == ["store"]


def test_a_migration_creates_the_tables(opens: Opens, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        for _ in range(2):
            connection.executescript(schema("sqlite"))
    assert opens(store=Plain(SQLiteStore(tmp_path / "shop.db"))).request("refund-17", **ASKED).state == "requested"


@pytest.mark.parametrize("dialect", ["oracle", "", None, 3])
def test_a_dialect_that_there_is_not_is_named(dialect: Any) -> None:
    with pytest.raises(paywelcome.InvalidRequestError) as wrong:
        schema(dialect)
    assert fields(wrong) == ["dialect"]
