"""Refunds, journals and errors as values; and that nobody loads them who does not use them."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from datetime import datetime, timezone
from typing import Any, get_args

import pytest

import paywelcome
from books import Sync, store_in
from paywelcome import refunds as package
from paywelcome.refunds import Refund, Refunds, RefundsError, SQLiteStore, State
from paywelcome.refunds.errors import Kind
from paywelcome.testing import Sandbox


@pytest.fixture
def refunds(sandbox: Sandbox, store: SQLiteStore) -> Refunds:
    return Refunds(sandbox.client(), store, quiet=0)


@pytest.fixture
def refund(sandbox: Sandbox, refunds: Refunds) -> Refund:
    """One that waits for a person, of which most is known."""
    tid = sandbox.approve(price=12000, pay_type="card")
    refunds.request("refund-17", tid=tid, amount=3000, paid=12000, pay_type="card", batch="b", reference="r")
    with sandbox.arm("wrong_amount"):
        return refunds.process("refund-17")


def test_a_refund_is_immutable_comparable_and_picklable(refund: Refund, refunds: Refunds) -> None:
    assert pickle.loads(pickle.dumps(refund)) == refund == refunds.get("refund-17")
    assert hash(refund) == hash(refunds.get("refund-17"))
    assert refund != refunds.resolve("refund-17", "done", by="kim")
    with pytest.raises(AttributeError):
        refund.state = "done"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del refund.key
    assert repr(refund) == f"Refund('refund-17', review, 3000 WON, tid={refund.tid!r})"


def test_a_refund_as_plain_values(refund: Refund) -> None:
    told = json.loads(json.dumps(refund.to_dict()))
    assert (told["key"], told["state"], told["amount"], told["batch"]) == ("refund-17", "review", 3000, "b")
    assert datetime.fromisoformat(told["requested_at"]) == refund.requested_at
    assert told["raw"] == refund.raw
    assert told["review"]["ko"]["why"] == (refund.review and refund.review.ko.why)
    public = {name for name in dir(Refund) if not name.startswith("_")} - {"to_dict", "is_ended"}
    assert set(told) == public
    # Every field is documented where it is declared.
    assert set(Refund.__annotations__) - {"_fields", "_raw"} == public - {"raw"}


def test_what_is_given_back_belongs_to_who_asked(refund: Refund) -> None:
    assert refund.raw is not None and refund.review is not None
    refund.raw["Price"] = "0"
    refund.review.en.rulings.clear()
    refund.to_dict()["review"]["en"]["look_for"].clear()
    assert refund.raw["Price"] != "0"
    assert refund.review.en.rulings and refund.review.en.look_for


def test_a_journal_as_values(refund: Refund, refunds: Refunds) -> None:
    entries = refunds.attempts("refund-17")
    assert pickle.loads(pickle.dumps(entries)) == entries
    assert entries[1].raw == refund.raw
    told = [json.loads(json.dumps(entry.to_dict())) for entry in entries]
    assert told[1]["kind"] == "mismatch"
    assert datetime.fromisoformat(told[0]["at"]) == entries[0].at


def test_an_error_pickles() -> None:
    until = datetime(2026, 3, 1, tzinfo=timezone.utc)
    error = pickle.loads(pickle.dumps(RefundsError("too early", kind="ruling", until=until, mid="m")))
    assert (str(error), error.kind, error.until, error.mid) == ("too early", "ruling", until, "m")
    assert set(get_args(Kind)) == {"not_found", "in_transaction", "schema", "ruling", "busy", "store"}
    assert not issubclass(RefundsError, paywelcome.PaywelcomeError)


def test_the_states_are_those_of_the_native_half(refunds: Refunds) -> None:
    assert list(refunds.counts()) == list(get_args(State))


def test_refunds_do_not_pickle(refunds: Refunds) -> None:
    with pytest.raises(TypeError, match="in each process"):
        pickle.dumps(refunds)
    assert repr(refunds) == "Refunds(mid='sandbox001')"


def test_all_that_is_public_is_there_and_documented() -> None:
    assert package.__all__ == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None
    for cls in (package.Refunds, package.AsyncRefunds):
        for name, member in vars(cls).items():
            assert name.startswith("_") or member.__doc__, name


def test_both_kinds_take_the_same() -> None:
    def public(cls: type) -> dict[str, Any]:
        return {name: member for name, member in vars(cls).items() if not name.startswith("_")}

    sync, own = public(package.Refunds), public(package.AsyncRefunds)
    assert list(sync) == list(own)
    for name, member in sync.items():
        assert list(member.__annotations__) == list(own[name].__annotations__)
        assert member.__kwdefaults__ == own[name].__kwdefaults__


def test_nobody_loads_it_who_does_not_use_it() -> None:
    program = "import sys, paywelcome; print([name for name in sys.modules if 'refunds' in name or name == 'sqlite3'])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_nothing_that_is_logged_or_stored_holds_a_secret(
    sandbox: Sandbox, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = {"mid": sandbox.mid, "sign_key": sandbox.sign_key, "base_url": sandbox.url}
    book = Sync(client, store_in(tmp_path), quiet=0)
    tid = sandbox.approve(price=12000, pay_type="card")
    book.request("refund-17", tid=tid, amount=3000, paid=12000, pay_type="card")
    with caplog.at_level("DEBUG"), sandbox.arm("html"):
        book.process("refund-17")
    told = caplog.text + repr(book.get("refund-17").to_dict()) + repr(book.refunds)
    assert sandbox.sign_key not in told
    assert sandbox.sign_key.encode() not in (tmp_path / "refunds.db").read_bytes()
    book.end()
