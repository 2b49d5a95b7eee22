"""One attempt of a call."""

from __future__ import annotations

from ._values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from ._outcome import ErrorKind


class Attempt(Value):
    """One attempt of a call, as it ended: it reached an answer, or it failed.

    At most one attempt of a call sends its request. Another follows only if this one provably sent nothing.
    """

    __slots__ = ()
    _fields = ("operation", "tid", "reference", "number", "kind", "http_status", "duration", "pause", "_began")

    operation: str
    """``"cancel"`` or ``"partial_cancel"``."""
    tid: str
    """The payment's transaction id (거래ID)."""
    reference: str | None
    """The ``reference`` that the call was given, or ``None``."""
    number: int
    """Its number within the call, from 1."""
    kind: ErrorKind | None
    """Why it reached no answer, in one word as an error's ``kind``; ``None`` where it did."""
    http_status: int | None
    """The answer's HTTP status, or ``None`` where it reached none."""
    duration: float
    """Seconds until the answer was read or it failed."""
    pause: float | None
    """Seconds before another attempt, or ``None`` where this one was the last."""
    _began: float

    def __init__(
        self,
        operation: str,
        tid: str,
        reference: str | None,
        number: int,
        kind: ErrorKind | None,
        http_status: int | None,
        duration: float,
        pause: float | None,
        began: float,
    ) -> None:
        self._fill(operation, tid, reference, number, kind, http_status, duration, pause, began)

    @property
    def began_at(self) -> datetime:
        """When it began by this machine's clock, aware, in UTC."""
        from datetime import datetime, timezone

        return datetime.fromtimestamp(self._began, timezone.utc)
