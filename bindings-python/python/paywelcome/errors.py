"""The five ways a call can fail, and what each says of the money."""

# Each class narrows what its base declares, and nothing is assigned to an error that is made.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

from ._raw import fields_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal

    from ._outcome import ErrorKind, Outcome


class FieldError(dict[str, str]):
    """One field that was refused: ``{"field": …, "message": …}``, also as attributes."""

    @property
    def field(self) -> str:
        """The argument's or setting's name."""
        return self["field"]

    @property
    def message(self) -> str:
        """What is wrong with it and what to pass instead; it never repeats the value."""
        return self["message"]


class PaywelcomeError(Exception):
    """A call that returned no receipt. Read ``outcome`` first.

    No error holds the sign key, the mkey or a signature, in any form.
    """

    outcome: Outcome = "unknown"
    """What is known of the money: ``"not_sent"``, ``"declined"`` or ``"unknown"``."""
    kind: ErrorKind = "internal"
    """Why, in one word, such as ``"timeout"``: `paywelcome.types.ErrorKind` lists them."""
    errors: list[FieldError]
    """Every field that was refused; empty unless an argument or a setting was wrong."""
    operation: str | None
    """``"cancel"``, ``"partial_cancel"`` or ``"warm_up"``; ``None`` where a client could not be made."""
    tid: str | None
    """``tid`` 거래ID as it was asked, or ``None`` where it was wrong itself."""
    reference: str | None
    """The ``reference`` that the call was given, or ``None``; it was never sent."""
    timestamp: str | None
    """``timestamp`` 타임스탬프 that the last attempt signed, or ``None`` where nothing was signed."""
    attempts: int
    """How many times a connection was tried; at most one of them sent the request."""
    host: str | None
    """The gateway's host that the call was for, with its port where that is not the scheme's own; ``None`` where the
    client's settings do not say it."""
    mid: str | None
    """``mid`` 가맹점ID of the merchant that the call was for; ``None`` where that setting is wrong."""
    http_status: int | None
    """The answer's HTTP status, or ``None`` where no answer came."""
    content_type: str | None
    """The answer's ``Content-Type``, or ``None`` where no answer came, or none that says it."""
    body_excerpt: str | None
    """The beginning of the answer's body on one line, at most 500 characters, also of one that can't be read or was cut
    off: of an HTML page its words. Empty where the body is; ``None`` where no answer came."""
    result_code: str | None
    """``ResultCode`` 결과코드, or ``None`` where none was read."""
    result_msg: str | None
    """``ResultMsg`` 결과메시지, or ``None`` where none was read."""

    _no_code: str | None = None

    def __init__(
        self,
        message: str = "",
        *,
        outcome: Outcome | None = None,
        kind: ErrorKind | None = None,
        errors: Iterable[tuple[str, str]] = (),
        operation: str | None = None,
        tid: str | None = None,
        reference: str | None = None,
        timestamp: str | None = None,
        attempts: int = 0,
        host: str | None = None,
        mid: str | None = None,
        http_status: int | None = None,
        content_type: str | None = None,
        body_excerpt: str | None = None,
        result_code: str | None = None,
        result_msg: str | None = None,
        raw_json: str | None = None,
    ) -> None:
        super().__init__(message)
        if outcome is not None:
            self.outcome = outcome
        if kind is not None:
            self.kind = kind
        self.errors = [FieldError(field=field, message=text) for field, text in errors]
        self.operation = operation
        self.tid = tid
        self.reference = reference
        self.timestamp = timestamp
        self.attempts = attempts
        self.host = host
        self.mid = mid
        self.http_status = http_status
        self.content_type = content_type
        self.body_excerpt = body_excerpt
        self.result_code = self._no_code if result_code is None else result_code
        self.result_msg = result_msg
        self._raw_json = raw_json

    @property
    def raw(self) -> dict[str, Any] | None:
        """The answer's fields as they came, or ``None`` where none could be read."""
        return None if self._raw_json is None else fields_of(self._raw_json)

    @property
    def safe_to_resend(self) -> bool:
        """Whether sending the request again can't refund twice: true only if nothing was sent."""
        return self.outcome == "not_sent"

    def to_dict(self) -> dict[str, Any]:
        """Returns all that is known as plain values, which `json.dumps` takes, for an order's history."""
        return {
            "outcome": self.outcome,
            "kind": self.kind,
            "message": str(self),
            "errors": [dict(error) for error in self.errors],
            "safe_to_resend": self.safe_to_resend,
            "operation": self.operation,
            "tid": self.tid,
            "reference": self.reference,
            "timestamp": self.timestamp,
            "attempts": self.attempts,
            "host": self.host,
            "mid": self.mid,
            "http_status": self.http_status,
            "content_type": self.content_type,
            "body_excerpt": self.body_excerpt,
            "result_code": self.result_code,
            "result_msg": self.result_msg,
            "raw": self.raw,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__.copy())


class ConfigurationError(PaywelcomeError, ValueError):
    """A setting of the client is wrong; ``errors`` lists every one that is. Nothing was sent."""

    outcome: Literal["not_sent"] = "not_sent"
    kind: ErrorKind = "configuration"


class InvalidRequestError(PaywelcomeError, ValueError):
    """An argument of the call is wrong; ``errors`` lists every one that is. Nothing was sent."""

    outcome: Literal["not_sent"] = "not_sent"
    kind: ErrorKind = "invalid_request"


class NotSentError(PaywelcomeError, ConnectionError):
    """No byte of the request left this machine: nothing was cancelled, and sending it again is safe."""

    outcome: Literal["not_sent"] = "not_sent"
    kind: ErrorKind = "connect"


class DeclinedError(PaywelcomeError):
    """The gateway declined: nothing was cancelled. ``result_code`` and ``result_msg`` say why."""

    outcome: Literal["declined"] = "declined"
    kind: ErrorKind = "declined"
    result_code: str
    """``ResultCode`` 결과코드: the gateway's code, never ``"00"`` or another of zeros."""
    _no_code: str | None = ""


class OutcomeUnknownError(PaywelcomeError):
    """The money may have moved: do not send the request again before you have checked.

    It is not a ``TimeoutError``, ``ConnectionError`` or ``OSError``, because task queues often retry those.
    """

    outcome: Literal["unknown"] = "unknown"
    kind: ErrorKind = "connection_lost"


def _from_core(  # pyright: ignore[reportUnusedFunction]
    outcome: Outcome,
    kind: ErrorKind,
    message: str,
    fields: list[tuple[str, str]],
    asked: tuple[str | None, str | None],
    call: tuple[str | None, str | None, str | None, str | None, int],
    answer: tuple[int | None, str | None, str | None],
    read: tuple[str | None, str | None, str | None],
) -> PaywelcomeError:
    """Makes the exception that tells what the core's error tells."""
    cls: type[PaywelcomeError]
    if kind == "configuration":
        cls = ConfigurationError
    elif kind == "invalid_request":
        cls = InvalidRequestError
    elif outcome == "not_sent":
        cls = NotSentError
    elif outcome == "declined":
        cls = DeclinedError
    else:
        cls = OutcomeUnknownError
    host, mid = asked
    operation, tid, reference, timestamp, attempts = call
    http_status, content_type, body_excerpt = answer
    result_code, result_msg, raw_json = read
    return cls(
        message,
        outcome=outcome,
        kind=kind,
        errors=fields,
        operation=operation,
        tid=tid,
        reference=reference,
        timestamp=timestamp,
        attempts=attempts,
        host=host,
        mid=mid,
        http_status=http_status,
        content_type=content_type,
        body_excerpt=body_excerpt,
        result_code=result_code,
        result_msg=result_msg,
        raw_json=raw_json,
    )


def _rebuild(cls: type[PaywelcomeError], args: tuple[Any, ...], state: dict[str, Any]) -> PaywelcomeError:
    error = cls(*args)
    error.__dict__.update(state)
    return error
