"""What arrives of an error in loggers that write JSON and in Sentry: the outcome always, and a secret never."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from pythonjsonlogger.json import JsonFormatter
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

import paywelcome
from merchant import CANCEL
from planted import MKEY, PLANTED, clean
from scripted import Request, Script, Server, answer, http

Serve = Callable[[Script], Server]
PAGE = "<html><p>support id 1234567</p>"
SAYS = {"declined": "the gateway declined: ", "unknown": "the outcome is unknown, ", "not_sent": "nothing was sent: "}


def answered(request: Request) -> bytes:
    secrets = f"{PLANTED} {MKEY} {request.field('signature')}"
    if request.field("tid") == "page":
        return http(PAGE + secrets, status=403, content_type="text/html")
    return http(json.dumps({"ResultCode": "01", "ResultMsg": secrets, "More": [{"deep": secrets}]}))


class Merchant:
    """Code of a merchant's, in whose frames the key is not: it came from the environment."""

    def __init__(self, url: str) -> None:
        self.client = paywelcome.Client(base_url=url)
        self.async_client = paywelcome.AsyncClient(base_url=url)

    def refund(self, **arguments: Any) -> None:
        self.client.cancel(**{**CANCEL, **arguments}, reference="refund-7")

    def refund_on_asyncio(self, **arguments: Any) -> None:
        asyncio.run(self.async_client.cancel(**{**CANCEL, **arguments}, reference="refund-7"))

    def configure(self) -> None:
        paywelcome.Client(mid="too long for a mid")


@pytest.fixture
def fail(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], None]]]:
    """Calls that fail, one for each outcome, and for threads and asyncio."""
    monkeypatch.setenv("PAYWELCOME_MID", "welcometst")
    monkeypatch.setenv("PAYWELCOME_SIGN_KEY", PLANTED)
    server = serve(answer(answered))
    monkeypatch.setenv("PAYWELCOME_BASE_URL", server.url)
    merchant, nowhere = Merchant(server.url), Merchant("http://127.0.0.1:1")
    yield [
        *(merchant.refund, lambda: merchant.refund(tid="page"), lambda: merchant.refund(price=0), nowhere.refund),
        *(merchant.refund_on_asyncio, lambda: merchant.refund_on_asyncio(tid="page"), merchant.configure),
    ]


def test_structlog(fail: list[Callable[[], None]]) -> None:
    for call in fail:
        written = io.StringIO()
        log = structlog.wrap_logger(
            structlog.PrintLogger(written),
            # Of each traceback with the locals of every frame.
            processors=[structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()],
        )
        try:
            call()
        except paywelcome.PaywelcomeError as error:
            log.exception("refund failed", refund=error.to_dict())
            line = json.loads(written.getvalue())
            assert line["refund"] == json.loads(json.dumps(error.to_dict()))
            (raised,) = line["exception"]
            assert (raised["exc_type"], raised["exc_value"]) == (type(error).__name__, str(error))
            assert raised["frames"] and error.kind == line["refund"]["kind"]
        clean(written.getvalue(), "a line of structlog's")


def test_logging_as_json(fail: list[Callable[[], None]], caplog: Any) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger("paywelcome"), logging.getLogger("a merchant's")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG):
            for call in fail:
                try:
                    call()
                except paywelcome.PaywelcomeError as error:
                    loggers[1].exception("refund failed", extra={"refund": error.to_dict()})
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    refunds = [line["refund"] for line in lines if "refund" in line]
    assert [refund["outcome"] for refund in refunds] == [
        *("declined", "unknown", "not_sent", "not_sent", "declined", "unknown", "not_sent")
    ]
    words = [line["paywelcome"]["body_excerpt"] for line in lines if "body_excerpt" in line.get("paywelcome", {})]
    assert sum("support id 1234567" in each for each in words) == 2
    clean(written.getvalue(), "the log")


class Kept(Transport):
    """Sends nothing, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event is not None:
            self.events.append(dict(event))


def test_sentry(fail: list[Callable[[], None]]) -> None:
    """It sends the local variables of every frame that an exception has passed."""
    kept = Kept()
    client = sentry_sdk.Client(
        dsn="https://public@sentry.invalid/1",
        transport=kept,
        include_local_variables=True,
        # The lines of these tests name what they plant.
        include_source_context=False,
        max_value_length=100_000,
        default_integrations=False,
    )
    for call in fail:
        try:
            call()
        except paywelcome.PaywelcomeError as error:
            scope = sentry_sdk.Scope()
            scope.set_context("paywelcome", error.to_dict())
            event, hint = event_from_exception(error, client_options=client.options)
            client.capture_event(event, hint=hint, scope=scope)
            sent = kept.events.pop()
            raised = sent["exception"]["values"][-1]
            assert (raised["type"], raised["value"]) == (type(error).__name__, str(error))
            assert raised["value"].startswith(SAYS[error.outcome]) or error.kind == "configuration"
            own = [frame for frame in raised["stacktrace"]["frames"] if frame["module"].startswith("paywelcome.")]
            assert own and all("vars" in frame for frame in own)
            told = sent["contexts"]["paywelcome"]
            assert (told["outcome"], told["tid"], told["kind"]) == (error.outcome, error.tid, error.kind)
            assert told["body_excerpt"] == error.body_excerpt
            clean(json.dumps(sent, ensure_ascii=False, default=repr), "an event of Sentry's")
