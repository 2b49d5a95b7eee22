"""The spans of OpenTelemetry, as its own SDK collects them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import paywelcome
from faces import Face
from merchant import CANCEL, MID, PARTIAL, TID, reported, settings
from planted import clean, planted
from scripted import Script, Server, answer, close_after_request, http, stall

Serve = Callable[[Script], Server]
Open = Callable[..., Face]
Spans = Callable[[], tuple[ReadableSpan, ...]]
NOBODY = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[Spans]:
    exporter.clear()
    yield exporter.get_finished_spans
    exporter.clear()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_call_is_a_client_span_below_the_callers(serve: Serve, face: Open, spans: Spans) -> None:
    server = serve(answer())
    called = face(**settings(server.url))
    with trace.get_tracer("shop").start_as_current_span("refund") as parent:
        called.cancel(**CANCEL, reference="refund-7")
    span, outer = spans()
    assert (outer.name, span.parent) == ("refund", parent.get_span_context())
    assert (span.name, span.kind) == ("POST /cancel/cancel", trace.SpanKind.CLIENT)
    assert span.status.status_code is trace.StatusCode.UNSET
    assert attributes(span) == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "url.full": f"{server.url}/cancel/cancel",
        "url.template": "/cancel/cancel",
        "http.response.status_code": 200,
        "paywelcome.operation": "cancel",
        "paywelcome.mid": MID,
        "paywelcome.tid": TID,
        "paywelcome.reference": "refund-7",
        "paywelcome.outcome": "done",
    }
    # Neither header tells the gateway of it, which is not ours to trace.
    (request,) = server.requests
    assert request.header("traceparent") == request.header("tracestate") == request.header("baggage") == []


def test_attempts_and_what_was_not_sent(face: Open, spans: Spans) -> None:
    with pytest.raises(paywelcome.NotSentError) as caught:
        face(**settings(NOBODY)).partial_cancel(**PARTIAL)
    (span,) = spans()
    told = attributes(span)
    assert (span.name, span.parent) == ("POST /cancel/repay", None)
    assert (told["error.type"], told["paywelcome.outcome"]) == ("connect", "not_sent")
    assert (told["http.request.resend_count"], told.get("http.response.status_code")) == (2, None)
    assert (span.status.status_code, span.status.description) == (trace.StatusCode.ERROR, str(caught.value))
    assert [(event.name, dict(event.attributes or {})) for event in span.events] == [
        ("paywelcome.attempt", {"paywelcome.attempt": number, "error.type": "connect"}) for number in (1, 2)
    ]


def test_declined_is_no_error_and_unknown_is(serve: Serve, face: Open, spans: Spans) -> None:
    declined = serve(answer(lambda request: http('{"ResultCode":"V801","ResultMsg":"no"}')))
    with pytest.raises(paywelcome.DeclinedError):
        face(**settings(declined.url)).cancel(**CANCEL)
    lost = serve(close_after_request)
    with pytest.raises(paywelcome.OutcomeUnknownError):
        face(**settings(lost.url)).cancel(**CANCEL)
    first, second = spans()
    assert first.status.status_code is trace.StatusCode.UNSET
    assert attributes(first)["paywelcome.result_code"] == "V801"
    assert "error.type" not in attributes(first)
    assert second.status.status_code is trace.StatusCode.ERROR
    assert (attributes(second)["error.type"], attributes(second)["paywelcome.outcome"]) == (
        "connection_lost",
        "unknown",
    )


def test_a_wait_that_is_given_up_ends_its_span(serve: Serve, spans: Spans) -> None:
    server = serve(stall())

    async def main() -> None:
        client = paywelcome.AsyncClient(**settings(server.url))
        call = asyncio.ensure_future(client.cancel(**CANCEL))
        await asyncio.to_thread(server.await_requests)
        call.cancel()
        await asyncio.wait([call])
        (span,) = spans()
        assert (attributes(span)["paywelcome.outcome"], attributes(span)["error.type"]) == ("unknown", "aborted")
        server.release()
        await client.aclose()

    asyncio.run(main())
    reported()
    assert len(spans()) == 1


def test_what_is_refused_or_only_reaches_the_gateway_has_no_span(serve: Serve, spans: Spans) -> None:
    server = serve(answer())
    client = paywelcome.Client(**settings(server.url))
    with pytest.raises(paywelcome.InvalidRequestError):
        client.cancel(**{**CANCEL, "tid": ""})
    with pytest.raises(paywelcome.NotSentError):
        paywelcome.Client(**settings(NOBODY)).warm_up()
    assert spans() == ()


def test_calls_at_once_each_have_their_own_parent(serve: Serve, spans: Spans) -> None:
    server = serve(answer())
    tracer = trace.get_tracer("shop")

    async def refund(client: paywelcome.AsyncClient, number: int) -> None:
        with tracer.start_as_current_span(f"refund-{number}"):
            await client.cancel(**CANCEL, reference=f"refund-{number}")

    async def main() -> None:
        async with paywelcome.AsyncClient(**settings(server.url)) as client:
            await asyncio.gather(*(refund(client, number) for number in range(10)))

    asyncio.run(main())
    names = {span.context.span_id: span.name for span in spans() if span.context is not None}
    ours = [span for span in spans() if span.kind is trace.SpanKind.CLIENT]
    assert len(ours) == 10
    for span in ours:
        assert span.parent is not None
        assert names[span.parent.span_id] == attributes(span)["paywelcome.reference"]


def test_a_tracer_that_fails_changes_nothing(
    serve: Serve, face: Open, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("theirs")

    server = serve(answer())
    monkeypatch.setattr(trace, "get_tracer", fail)
    assert face(**settings(server.url)).cancel(**CANCEL).price == 12000
    assert [record.getMessage() for record in caplog.records if record.name == "paywelcome"] == ["a span failed"]


def test_no_key_in_a_span(serve: Serve, face: Open, spans: Spans) -> None:
    server = serve(answer(lambda request: http(request.body.decode())))
    with pytest.raises(paywelcome.OutcomeUnknownError):
        face(**planted(server.url)).cancel(**CANCEL)
    (span,) = spans()
    clean(span.to_json(), "a span")
