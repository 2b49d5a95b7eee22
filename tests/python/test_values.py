"""Receipts and errors as Python objects: classes, pickles, copies, hashes and texts."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

import paywelcome
from merchant import CANCEL, KST, PARTIAL, TID, settings
from scripted import Script, Server, answer, close_after_request, done, http

Serve = Callable[[Script], Server]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
CLASSES = [
    paywelcome.ConfigurationError,
    paywelcome.InvalidRequestError,
    paywelcome.NotSentError,
    paywelcome.DeclinedError,
    paywelcome.OutcomeUnknownError,
]
OUTCOMES = ["not_sent", "not_sent", "not_sent", "declined", "unknown"]


def failed(serve: Serve, script: Script, **arguments: Any) -> paywelcome.PaywelcomeError:
    with (
        pytest.raises(paywelcome.PaywelcomeError) as caught,
        paywelcome.Client(**settings(serve(script).url)) as client,
    ):
        client.cancel(**{**CANCEL, **arguments})
    return caught.value


@pytest.fixture
def errors(serve: Serve) -> list[paywelcome.PaywelcomeError]:
    """One error of each class, raised by the package itself."""
    with pytest.raises(paywelcome.ConfigurationError) as wrong:
        paywelcome.Client(mid="too-long-for-a-mid")
    client = paywelcome.Client(**settings("http://127.0.0.1:1"))
    client.close()
    with pytest.raises(paywelcome.NotSentError) as closed:
        client.cancel(**CANCEL)
    return [
        wrong.value,
        failed(serve, answer(), price=0, tid=""),
        closed.value,
        failed(serve, answer(http('{"ResultCode":"01","ResultMsg":"실패","n":[1,{"a":null}]}'))),
        failed(serve, close_after_request),
    ]


def test_the_classes(errors: list[paywelcome.PaywelcomeError]) -> None:
    assert [type(error) for error in errors] == CLASSES
    assert [error.outcome for error in errors] == OUTCOMES
    assert [error.safe_to_resend for error in errors] == [outcome == "not_sent" for outcome in OUTCOMES]
    for error in errors:
        assert isinstance(error, paywelcome.PaywelcomeError)
        assert isinstance(error, ValueError) == (type(error) in CLASSES[:2])
        assert isinstance(error, ConnectionError) == (type(error) is paywelcome.NotSentError)
        assert not isinstance(error, TimeoutError)


def test_nothing_that_is_retried_by_class_is_an_unknown_outcome() -> None:
    import asyncio
    import concurrent.futures

    for retried in (OSError, ConnectionError, TimeoutError, asyncio.TimeoutError, concurrent.futures.TimeoutError):
        assert not issubclass(paywelcome.OutcomeUnknownError, retried)
        assert not issubclass(paywelcome.DeclinedError, retried)
    for cls in CLASSES:
        assert cls.__module__.startswith("paywelcome")
        assert getattr(paywelcome, cls.__name__) is cls


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_errors_pickle(errors: list[paywelcome.PaywelcomeError], protocol: int) -> None:
    for error in errors:
        back = pickle.loads(pickle.dumps(error, protocol))
        assert type(back) is type(error)
        assert vars(back) == vars(error)
        assert (str(back), repr(back), back.args) == (str(error), repr(error), error.args)
        assert (back.outcome, back.kind, back.safe_to_resend) == (error.outcome, error.kind, error.safe_to_resend)


def test_errors_copy_and_hash(errors: list[paywelcome.PaywelcomeError]) -> None:
    assert len(set(errors)) == len(errors)
    for error in errors:
        for made in (copy.copy(error), copy.deepcopy(error)):
            assert type(made) is type(error)
            assert vars(made) == vars(error)
            assert str(made) == str(error)


def test_errors_say_what_they_are(errors: list[paywelcome.PaywelcomeError]) -> None:
    for error in errors:
        assert type(error).__name__ in repr(error)
        assert "\n" not in str(error)
        assert len(str(error)) > 20
    assert "01" in str(errors[3]) and "실패" in str(errors[3]) and TID in str(errors[3])
    assert "may have moved" in str(errors[4])


def test_an_error_lists_its_fields_as_entries_and_as_attributes(errors: list[paywelcome.PaywelcomeError]) -> None:
    refused = errors[1].errors
    assert [entry["field"] for entry in refused] == [entry.field for entry in refused] == ["tid", "price"]
    assert all(set(entry) == {"field", "message"} and entry["message"] == entry.message for entry in refused)
    assert all(entry.message in str(errors[1]) for entry in refused)


def test_errors_that_merchants_make_in_their_own_tests_have_the_class_outcome() -> None:
    for cls, outcome in zip(CLASSES, OUTCOMES, strict=True):
        error = cls("made up")
        assert (error.outcome, str(error), error.errors, error.attempts) == (outcome, "made up", [], 0)
        assert type(pickle.loads(pickle.dumps(error))) is cls


def test_an_exception_note_and_a_cause_survive_raising(errors: list[paywelcome.PaywelcomeError]) -> None:
    cause = KeyError("x")
    for error in errors:
        with pytest.raises(type(error)) as caught:
            raise error from cause
        assert caught.value.__cause__ is cause


@pytest.fixture
def receipts(serve: Serve) -> list[Any]:
    with paywelcome.Client(**settings(serve(answer()).url)) as client:
        return [client.cancel(**CANCEL), client.partial_cancel(**PARTIAL)]


def names_of(receipt: Any) -> list[str]:
    shared = ["result_code", "result_msg", "mid", "tid", "price", "cancel_date", "cancel_time", "cancelled_at", "raw"]
    if isinstance(receipt, paywelcome.CancelReceipt):
        return [*shared, "moid"]
    return [*shared, "cancel_tid", "remaining_price"]


def test_receipts_hold_what_was_answered(receipts: list[Any]) -> None:
    full, part = receipts
    assert type(full) is paywelcome.CancelReceipt and type(part) is paywelcome.PartialCancelReceipt
    for receipt in receipts:
        assert all(hasattr(receipt, name) for name in names_of(receipt))
        assert (receipt.result_code, receipt.result_msg) == ("00", "정상처리")
        assert type(receipt.price) is int
    assert (full.moid, full.price) == ("order-1", 12000)
    assert (part.price, part.remaining_price) == (3000, 9000)
    assert part.cancel_tid == "WPPGCARD01welcometst20260930151500000002"
    assert not hasattr(part, "moid") and not hasattr(full, "cancel_tid")


def test_the_time_is_aware_and_korean(receipts: list[Any]) -> None:
    for receipt in receipts:
        at = receipt.cancelled_at
        assert at == datetime(2026, 9, 30, 15, 15, tzinfo=KST)
        assert at.utcoffset() == timedelta(hours=9)
        assert (receipt.cancel_date, receipt.cancel_time) == ("20260930", "151500")


@pytest.mark.parametrize("replaced", [{"CancelDate": None}, {"CancelTime": "256000"}, {"CancelDate": "20260230"}])
def test_a_time_that_is_none_is_absent(serve: Serve, replaced: dict[str, str | None]) -> None:
    server = serve(answer(lambda request: done(request, **replaced)))
    with paywelcome.Client(**settings(server.url)) as client:
        assert client.cancel(**CANCEL).cancelled_at is None


def test_raw_is_a_fresh_dict_each_time(receipts: list[Any]) -> None:
    for receipt in receipts:
        first = receipt.raw
        assert first["ResultCode"] == "00" and first["Tid"] == TID
        first.clear()
        assert receipt.raw["Tid"] == TID
        assert receipt.raw is not receipt.raw


def test_receipts_are_immutable(receipts: list[Any]) -> None:
    for receipt in receipts:
        for name in [*names_of(receipt), "anything"]:
            with pytest.raises(AttributeError):
                setattr(receipt, name, "x")
            with pytest.raises(AttributeError):
                delattr(receipt, name)


def test_receipts_compare_and_hash_by_value(receipts: list[Any], serve: Serve) -> None:
    full, part = receipts
    server = serve(answer())
    with paywelcome.Client(**settings(server.url)) as client:
        same, other = client.cancel(**CANCEL), client.cancel(**{**CANCEL, "price": 11000})
    assert full == same and hash(full) == hash(same) and full is not same
    assert full != other and full != part and full != "receipt" and full is not None
    assert len({full, same, other, part}) == 3


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_receipts_pickle(receipts: list[Any], protocol: int) -> None:
    for receipt in receipts:
        back = pickle.loads(pickle.dumps(receipt, protocol))
        assert back == receipt and type(back) is type(receipt) and hash(back) == hash(receipt)
        assert [getattr(back, name) for name in names_of(back)] == [getattr(receipt, name) for name in names_of(back)]


def test_receipts_copy(receipts: list[Any]) -> None:
    for receipt in receipts:
        assert copy.copy(receipt) == receipt
        assert copy.deepcopy(receipt) == receipt


def test_receipts_show_their_fields(receipts: list[Any]) -> None:
    full, part = receipts
    assert repr(full).startswith("CancelReceipt(result_code='00'")
    assert "price=12000" in repr(full) and "moid='order-1'" in repr(full)
    assert repr(part).startswith("PartialCancelReceipt(") and "remaining_price=9000" in repr(part)
    assert str(full) == repr(full)


def test_receipts_can_be_matched_but_not_ordered(receipts: list[Any]) -> None:
    match receipts[0]:
        case paywelcome.CancelReceipt(price=12000, tid=tid):
            assert tid == TID
        case _:
            pytest.fail("the receipt did not match")
    with pytest.raises(TypeError):
        sorted(receipts)
