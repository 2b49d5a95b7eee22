"""A span of OpenTelemetry for each call, where the program has imported its API."""

from __future__ import annotations

import sys

from . import _logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from . import _native
    from .attempt import Attempt
    from .errors import PaywelcomeError

_PATHS = {"cancel": "/cancel/cancel", "partial_cancel": "/cancel/repay"}


def is_on() -> bool:
    """Returns whether somebody may trace: whoever does has imported the API, so it is not imported for the others."""
    return "opentelemetry.trace" in sys.modules


def begin(call: _native.Call, client: _native.Core) -> Span | None:
    """Starts the span of a call, or gives ``None`` where nobody traces it."""
    api = sys.modules.get("opentelemetry.trace")
    path = _PATHS.get(call.operation or "")
    if api is None or path is None:
        return None
    try:
        attributes = {
            **_address(client.base_url),
            "http.request.method": "POST",
            "url.full": client.base_url + path,
            "url.template": path,
            "paywelcome.operation": call.operation,
            "paywelcome.mid": client.mid,
            "paywelcome.tid": call.tid,
        }
        if call.reference is not None:
            attributes["paywelcome.reference"] = call.reference
        span = api.get_tracer("paywelcome").start_span(f"POST {path}", kind=api.SpanKind.CLIENT, attributes=attributes)
        return Span(span, api) if span.is_recording() else None
    except Exception:
        _failed()
        return None


class Span:
    """One call's span, by the conventions for HTTP clients.

    Its parent is the caller's current span. It is not made current itself, and no header tells the gateway of it.
    """

    def __init__(self, span: Any, api: ModuleType) -> None:
        self._span = span
        self._api = api

    def attempted(self, attempt: Attempt) -> None:
        """Notes an attempt that another follows."""
        if attempt.pause is None:
            return
        try:
            about = {"paywelcome.attempt": attempt.number, "error.type": attempt.kind}
            ended = int((attempt.began_at.timestamp() + attempt.duration) * 1e9)
            self._span.add_event("paywelcome.attempt", about, ended)
        except Exception:
            _failed()

    def end(
        self, outcome: str, kind: str | None, error: PaywelcomeError | None, status: int | None, attempts: int
    ) -> None:
        """Ends it; an outcome that is not known, or nothing sent, is an error of the span, and declining is none."""
        try:
            span = self._span
            span.set_attribute("paywelcome.outcome", outcome)
            if status is not None:
                span.set_attribute("http.response.status_code", status)
            if attempts > 1:
                span.set_attribute("http.request.resend_count", attempts - 1)
            if error is not None and error.result_code is not None:
                span.set_attribute("paywelcome.result_code", error.result_code)
            if outcome in ("not_sent", "unknown"):
                span.set_attribute("error.type", kind)
                span.set_status(self._api.StatusCode.ERROR, "" if error is None else str(error))
            span.end()
        except Exception:
            _failed()


def _address(base_url: str) -> dict[str, Any]:
    """The gateway's name and port: the URL was checked, and has no user in it."""
    scheme, _, rest = base_url.partition("://")
    host, colon, port = rest.partition("/")[0].rpartition(":")
    if not colon or port.endswith("]"):
        host, port = rest.partition("/")[0], "443" if scheme == "https" else "80"
    return {"server.address": host.strip("[]"), "server.port": int(port)}


def _failed() -> None:
    _logs.tell(_logs.ERROR, "a span failed", (), error=sys.exc_info()[1])
