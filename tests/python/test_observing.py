"""What can be seen of calls: attempts, log lines, a reference, and receipts and errors as JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

import child
import paywelcome
from faces import Face
from merchant import CANCEL, MID, PARTIAL, TID, reported, settings
from paywelcome.testing import Sandbox
from planted import clean, planted
from scripted import Script, Server, answer, close_after_request, http, listen_only, stall

Serve = Callable[[Script], Server]
Open = Callable[..., Face]
REFERENCE = "환불-7 (order 12)"
# Nothing listens on port 1 of this machine.
NOBODY = "http://127.0.0.1:1"


def logged(caplog: Any) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "paywelcome"]


def test_attempts_are_told_in_order_before_the_call_ends(face: Open) -> None:
    told: list[tuple[paywelcome.Attempt, int]] = []
    called = face(**settings(NOBODY), on_attempt=lambda attempt: told.append((attempt, threading.get_ident())))
    before = datetime.now(timezone.utc)
    with pytest.raises(paywelcome.NotSentError) as caught:
        called.cancel(**CANCEL, reference=REFERENCE)
    attempts = [attempt for attempt, _ in told]
    assert [attempt.number for attempt in attempts] == [1, 2, 3] == list(range(1, caught.value.attempts + 1))
    assert [attempt.pause for attempt in attempts] == [pytest.approx(0.1), pytest.approx(0.2), None]
    for attempt in attempts:
        assert (attempt.operation, attempt.tid, attempt.reference) == ("cancel", TID, REFERENCE)
        assert (attempt.kind, attempt.http_status) == ("connect", None)
        assert attempt.began_at >= before.replace(microsecond=0)
        assert attempt.duration > 0
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_a_call_that_is_answered_has_one_attempt(serve: Serve, face: Open) -> None:
    server = serve(answer())
    told: list[paywelcome.Attempt] = []
    called = face(**settings(server.url), on_attempt=told.append)
    called.cancel(**CANCEL)
    (attempt,) = told
    assert (attempt.number, attempt.kind, attempt.http_status, attempt.pause) == (1, None, 200, None)
    assert attempt.reference is None
    # Reaching the gateway, and what is refused before it is started, are not attempts of a call.
    with pytest.raises(paywelcome.InvalidRequestError):
        called.cancel(**{**CANCEL, "price": 0})
    assert len(told) == 1


@pytest.mark.parametrize("error", [ValueError("theirs"), RecursionError("theirs")])
def test_a_hook_that_fails_changes_nothing(serve: Serve, face: Open, caplog: Any, error: Exception) -> None:
    def fail(attempt: paywelcome.Attempt) -> None:
        raise error

    server = serve(answer())
    assert face(**settings(server.url), on_attempt=fail).cancel(**CANCEL).price == 12000
    ((level, message),) = logged(caplog)
    assert (level, message.startswith("on_attempt failed for Attempt(")) == ("ERROR", True)


@pytest.mark.parametrize("hook", [5, "print", pytest.param(asyncio.sleep, id="coroutine")])
@pytest.mark.parametrize("name", ["on_attempt", "on_settled"])
def test_what_can_not_be_called_is_refused(name: str, hook: Any) -> None:
    with pytest.raises(paywelcome.ConfigurationError) as caught:
        paywelcome.Client(**settings(NOBODY), **{name: hook})
    assert [found.field for found in caught.value.errors] == [name]


def test_a_hook_that_interrupts_tells_that_the_end_is_not_known(serve: Serve) -> None:
    """The receipt is there, but the caller never gets it: so it is told elsewhere."""

    def interrupt(attempt: paywelcome.Attempt) -> None:
        raise KeyboardInterrupt

    server = serve(answer())
    told: list[paywelcome.Settled] = []
    client = paywelcome.Client(**settings(server.url), on_attempt=interrupt, on_settled=told.append)
    with pytest.raises(KeyboardInterrupt) as caught:
        client.cancel(**CANCEL, reference=REFERENCE)
    assert caught.value.outcome == "unknown"  # type: ignore[attr-defined]
    reported()
    ((outcome, reference),) = [(settled.outcome, settled.reference) for settled in told]
    assert (outcome, reference) == ("done", REFERENCE)


def test_a_late_end_tells_its_attempts_and_its_reference(serve: Serve) -> None:
    server = serve(stall())
    told: list[Any] = []

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url), on_settled=told.append, on_attempt=told.append)
        call = asyncio.ensure_future(client.partial_cancel(**PARTIAL, reference=REFERENCE))
        await asyncio.to_thread(server.await_requests)
        call.cancel()
        await asyncio.wait([call])
        (still,) = await client.aclose(0)
        assert (still.tid, still.reference) == (TID, REFERENCE)
        assert told == []
        server.release()
        assert await client.aclose() == []

    asyncio.run(main())
    reported()
    attempt, settled = told
    assert (type(attempt), attempt.number, attempt.reference) == (paywelcome.Attempt, 1, REFERENCE)
    assert isinstance(settled, paywelcome.Settled) and isinstance(settled, paywelcome.SettledDone)
    assert (settled.operation, settled.reference) == ("partial_cancel", REFERENCE)
    assert repr(settled) == (
        f"SettledDone(operation='partial_cancel', tid={TID!r}, outcome='done', reference={REFERENCE!r})"
    )


def test_log_lines(serve: Serve, face: Open, caplog: Any) -> None:
    server = serve(answer())
    with caplog.at_level(logging.DEBUG, "paywelcome"):
        face(**settings(server.url)).cancel(**CANCEL, reference=REFERENCE)
        with pytest.raises(paywelcome.NotSentError):
            face(**settings(NOBODY, connect_retries=1)).cancel(**CANCEL)
    lines = logged(caplog)
    assert [level for level, _ in lines] == ["DEBUG", "INFO", "DEBUG", "DEBUG", "INFO"]
    starts = [
        f"cancel of tid {TID}, reference {REFERENCE}: attempt 1: HTTP 200 after ",
        f"cancel of tid {TID}, reference {REFERENCE}: done, attempts 1, ",
        f"cancel of tid {TID}: attempt 1: connect after ",
        f"cancel of tid {TID}: attempt 2: connect after ",
        f"cancel of tid {TID}: not_sent (connect), attempts 2, ",
    ]
    assert all(line.startswith(start) for (_, line), start in zip(lines, starts, strict=True)), lines
    assert [line.endswith("; another in 100 ms") for _, line in lines] == [False, False, True, False, False]
    about = [record.paywelcome for record in caplog.records if record.levelname == "INFO"]
    assert [(one["outcome"], one["kind"], one["attempts"], one["http_status"]) for one in about] == [
        ("done", None, 1, 200),
        ("not_sent", "connect", 2, None),
    ]
    assert [one["reference"] for one in about] == [REFERENCE, None]
    assert all(one["duration_ms"] > 0 for one in about)


def test_info_says_nothing_of_attempts_and_warnings_nothing_at_all(serve: Serve, face: Open, caplog: Any) -> None:
    server = serve(answer())
    for level, expected in [(logging.INFO, ["INFO"]), (logging.WARNING, [])]:
        caplog.clear()
        with caplog.at_level(level, "paywelcome"):
            face(**settings(server.url)).cancel(**CANCEL)
        assert [level for level, _ in logged(caplog)] == expected


def test_a_wait_that_is_given_up_before_anything_left_is_logged(serve: Serve, caplog: Any) -> None:
    server = serve(listen_only)

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(f"https://127.0.0.1:{server.port}", connect_timeout=60))
        call = asyncio.ensure_future(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_bytes)
        call.cancel()
        await asyncio.wait([call])

    with caplog.at_level(logging.INFO, "paywelcome"):
        asyncio.run(main())
    ((level, line),) = logged(caplog)
    assert (level, line.startswith(f"cancel of tid {TID}: not_sent (aborted), attempts 0, ")) == ("INFO", True)


def test_a_wait_that_is_given_up_after_the_request_left_is_logged_and_so_is_its_end(serve: Serve, caplog: Any) -> None:
    server = serve(stall())

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))
        call = asyncio.ensure_future(client.cancel(**CANCEL, reference=REFERENCE))
        await asyncio.to_thread(server.await_requests)
        call.cancel()
        await asyncio.wait([call])
        server.release()
        await client.aclose()

    with caplog.at_level(logging.INFO, "paywelcome"):
        asyncio.run(main())
        reported()
    (interrupted, interruption), (ended, end) = logged(caplog)
    assert (interrupted, ended) == ("INFO", "WARNING")
    about = f"cancel of tid {TID}, reference {REFERENCE}"
    assert interruption.startswith(f"{about}: unknown (aborted), it continues, ")
    assert end == f"{about} continued after its caller gave up; its outcome is done"
    told = [record.paywelcome for record in caplog.records]
    assert [(one["reference"], one["outcome"], one["kind"]) for one in told] == [
        (REFERENCE, "unknown", "aborted"),
        (REFERENCE, "done", None),
    ]
    # Its attempts are not known before its end.
    assert told[0]["attempts"] is None


def test_reaching_the_gateway_is_logged_without_a_payment(caplog: Any) -> None:
    with caplog.at_level(logging.INFO, "paywelcome"), pytest.raises(paywelcome.NotSentError):
        paywelcome.Client(**settings(NOBODY)).warm_up()
    ((level, line),) = logged(caplog)
    assert (level, line.startswith("warm_up: not_sent (connect), ")) == ("INFO", True)
    assert "attempts" not in line


def test_neither_logging_nor_a_tracer_is_imported_by_a_call() -> None:
    (brought,) = child.run("silent.py")
    assert {name.partition(".")[0] for name in brought}.isdisjoint({"logging", "opentelemetry"})


def test_no_key_in_what_is_seen(serve: Serve, caplog: Any) -> None:
    """The gateway repeats everything that was posted, and the key besides."""
    told: list[Any] = []
    with caplog.at_level(logging.NOTSET):
        for script in (answer(lambda request: http(json.dumps({"ResultCode": "01", **dict(request.fields)}))), stall()):
            server = serve(script)
            server.release()
            client = paywelcome.Client(**planted(server.url), on_attempt=told.append)
            try:
                told.append(json.dumps(client.cancel(**CANCEL, reference=REFERENCE).to_dict()))
            except paywelcome.PaywelcomeError as error:
                told.append(json.dumps(error.to_dict()))
    assert len(told) == 4
    clean(repr(told), "what hooks were told, and JSON")
    for record in caplog.records:
        clean(record.getMessage() + repr(vars(record)), "a log record")


def test_receipts_as_json(sandbox: Sandbox) -> None:
    client = sandbox.client()
    tid = sandbox.approve(price=12000, moid="주문-1")
    receipt: Any = client.partial_cancel(pay_type="card", tid=tid, cancel_price=3000, confirm_price=9000)
    told = json.loads(json.dumps(receipt.to_dict()))
    keys = "outcome result_code result_msg mid tid cancel_tid price remaining_price cancel_date cancel_time"
    keys += " cancelled_at raw mismatches"
    assert (receipt.outcome, told["outcome"]) == ("done", "done")
    assert list(told) == keys.split()
    assert (told["price"], told["remaining_price"], told["raw"]) == (3000, 9000, receipt.raw)
    assert datetime.fromisoformat(told["cancelled_at"]) == receipt.cancelled_at
    assert told["cancelled_at"].endswith("+09:00")
    receipt = client.cancel(pay_type="card", tid=sandbox.approve(price=500), price=500)
    assert list(receipt.to_dict()) == [
        {"cancel_tid": "moid"}.get(key, key) for key in keys.split() if key != "remaining_price"
    ]


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "declined"])
def test_a_late_end_as_json(serve: Serve, face: Open, is_done: bool) -> None:
    reply = {"ResultCode": "00", "Mid": MID, "Tid": TID, "Price": "12000"} if is_done else {"ResultCode": "E1"}
    server = serve(stall(http(json.dumps(reply))))
    told: list[paywelcome.Settled] = []
    client = face(**settings(server.url), on_settled=told.append)
    with pytest.raises(paywelcome.OutcomeUnknownError, match="cancel") as pending:
        client.cancel(**CANCEL, reference=REFERENCE, wait=0.05)
    assert pending.value.kind == "pending"
    server.release()
    client.close()
    (settled,) = told
    kept = json.loads(json.dumps(settled.to_dict()))
    assert list(kept) == ["outcome", "operation", "tid", "reference", "receipt", "error"]
    assert (kept["operation"], kept["tid"], kept["reference"]) == ("cancel", TID, REFERENCE)
    assert (kept["outcome"], settled.outcome) == (("done", "done") if is_done else ("declined", "declined"))
    if settled.outcome == "done":
        assert (settled.receipt.price, settled.receipt.outcome, settled.error) == (12000, "done", None)
        assert (kept["receipt"], kept["error"]) == (settled.receipt.to_dict(), None)
    else:
        assert (settled.receipt, settled.error.outcome) == (None, "declined")
        assert (kept["receipt"], kept["error"]) == (None, settled.error.to_dict())


def test_a_declined_error_always_has_a_code(sandbox: Sandbox) -> None:
    with pytest.raises(paywelcome.DeclinedError) as declined:
        sandbox.client().cancel(pay_type="card", tid="nobody's", price=1)
    assert declined.value.result_code == declined.value.raw["ResultCode"] != ""  # type: ignore[index]
    # Also one that is made by hand, for a test.
    assert paywelcome.DeclinedError("declined").result_code == ""
    assert paywelcome.OutcomeUnknownError("unknown").result_code is None


def test_errors_as_json(sandbox: Sandbox) -> None:
    with pytest.raises(paywelcome.DeclinedError) as declined:
        sandbox.client().cancel(pay_type="card", tid="nobody's", price=1, reference=REFERENCE)
    told = json.loads(json.dumps(declined.value.to_dict(), allow_nan=False))
    assert (told["outcome"], told["kind"], told["safe_to_resend"]) == ("declined", "declined", False)
    assert (told["reference"], told["http_status"], told["raw"]) == (REFERENCE, 200, declined.value.raw)
    assert told["message"] == str(declined.value)
    with pytest.raises(paywelcome.InvalidRequestError) as refused:
        sandbox.client().cancel(pay_type="card", tid="", price=1, reference=REFERENCE)
    told = json.loads(json.dumps(refused.value.to_dict()))
    assert (told["errors"], told["reference"]) == ([{"field": "tid", "message": "is empty; pass a text"}], REFERENCE)


def test_the_command_line_writes_the_same_names(sandbox: Sandbox) -> None:
    tid = sandbox.approve(price=500)
    receipt = sandbox.client().cancel(pay_type="card", tid=tid, price=500)
    with pytest.raises(paywelcome.DeclinedError) as caught:
        sandbox.client().cancel(pay_type="card", tid=tid, price=500)
    error, told = command_line(sandbox, tid, 500)
    assert (error, set(told)) == (4, set(caught.value.to_dict()))
    code, told = command_line(sandbox, sandbox.approve(price=500), 500)
    # The outcome stands beside the receipt.
    assert (code, told["outcome"]) == (0, receipt.to_dict()["outcome"])
    assert {"outcome", *told["receipt"]} == set(receipt.to_dict())
    assert datetime.fromisoformat(told["receipt"]["cancelled_at"]).utcoffset() == receipt.cancelled_at.utcoffset()  # type: ignore[union-attr]


def test_receipts_of_the_same_answer_are_equal_whatever_the_reference(serve: Serve) -> None:
    client = paywelcome.Client(**settings(serve(answer()).url))
    assert client.cancel(**CANCEL) == client.cancel(**CANCEL, reference="another")


@pytest.mark.parametrize(
    ("reference", "right"),
    [("", True), ("x" * 200, True), ("가" * 200, True), ("x" * 201, False), ("a\nb", False), (7, False), (b"7", False)],
)
def test_a_reference_is_a_short_text(serve: Serve, face: Open, reference: Any, right: bool) -> None:
    server = serve(close_after_request)
    with pytest.raises(paywelcome.PaywelcomeError) as caught:
        face(**settings(server.url)).cancel(**CANCEL, reference=reference)
    assert (caught.value.outcome, caught.value.reference) == (("unknown", reference) if right else ("not_sent", None))
    assert [found.field for found in caught.value.errors] == ([] if right else ["reference"])
    assert all("reference" not in request.body.decode() for request in server.requests)


def command_line(sandbox: Sandbox, tid: str, price: int) -> tuple[int, Any]:
    asked = ["--pay-type", "card", "--tid", tid, "--price", str(price), "--yes", "--json"]
    ended = subprocess.run(
        [sys.executable, "-m", "paywelcome", "cancel", *asked],
        env={
            **os.environ,
            "PAYWELCOME_MID": sandbox.mid,
            "PAYWELCOME_SIGN_KEY": sandbox.sign_key,
            "PAYWELCOME_BASE_URL": sandbox.url,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    return ended.returncode, json.loads(ended.stdout)
