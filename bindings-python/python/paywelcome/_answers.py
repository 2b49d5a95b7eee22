"""What is logged of answers themselves: echoes that differ, and the words of an answer that is not a receipt."""

from __future__ import annotations

from . import _logs
from ._observing import named
from .errors import PaywelcomeError
from .receipts import Receipt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import _native

_LONGEST = 100


def log(call: _native.Call, result: object) -> None:
    """Logs what is worth it of a call's end, whatever that does: it must not hide what became of the money."""
    try:
        if isinstance(result, Receipt):
            if result.mismatches:
                _warn(call, result)
        elif isinstance(result, PaywelcomeError) and result.body_excerpt is not None:
            _debug(call, result)
    except Exception:
        pass


def _warn(call: _native.Call, receipt: Receipt) -> None:
    differ = "; ".join(f"{each.field} is {_shown(each.answered)} for {each.asked}" for each in receipt.mismatches)
    told = {**_of(call), "mismatches": receipt.to_dict()["mismatches"]}
    line = "%s is done, but its answer does not repeat what was asked: %s"
    _logs.tell(_logs.WARNING, line, (named(call), differ), told)


def _debug(call: _native.Call, error: PaywelcomeError) -> None:
    log = _logs.listening(_logs.DEBUG)
    if log is None:
        return
    told = {
        **_of(call),
        "http_status": error.http_status,
        "content_type": error.content_type,
        "body_excerpt": error.body_excerpt,
    }
    shown = (named(call), error.http_status, error.content_type, error.body_excerpt)
    _logs.write(log, _logs.DEBUG, "%s: the answer, HTTP %s, %s: %s", shown, told)


def _of(call: _native.Call) -> dict[str, object]:
    return {"operation": call.operation, "tid": call.tid, "reference": call.reference}


def _shown(answered: str | None) -> str:
    if answered is None:
        return "missing"
    return "'" + "".join(c if c.isprintable() else " " for c in answered[:_LONGEST]) + "'"
