"""What a rehearsal must find out of a gateway that is odd in this way, by dotted path within `findings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odd import Odd

# Paths of what a rehearsal must not know, or is free to.
FREE = object()


def declines(odd: Odd) -> tuple[bool, bool]:
    """Whether a confirmPrice by one too high, and by one too low, is declined."""
    return odd.guard not in ("none", "low", "tolerant"), odd.guard not in ("none", "high", "tolerant")


def accepts(odd: Odd, signature: str, timestamp: str) -> bool:
    return odd.timestamp in (timestamp, "either") and odd.signature in (signature, "either", "unchecked")


def echoes(odd: Odd) -> list[str] | None:
    """Returns the echoes that agree in every success, or nothing where no client reads its code as one."""
    if odd.success != "00" or odd.key_case == "snake":
        return None
    agree = {
        "tid": odd.tid_is == "payment",
        "price": odd.price_is == "asked",
        "remaining_price": odd.remaining_key in ("RmainPrice", "RemainPrice") and odd.remaining_is == "after",
    }
    return [name for name, agrees in agree.items() if agrees]


def findings(odd: Odd) -> dict[str, Any]:
    """What a whole rehearsal finds, with a second payment, where every answer can be read and nothing is lost."""
    high, low = declines(odd)
    codes = odd.codes
    found: dict[str, Any] = {
        "connections_kept": odd.connections == "kept" and odd.body != "until_close",
        "signature.checked": odd.signature != "unchecked",
        "signature.format": "concatenated" if odd.signature == "concatenated" else "name_value",
        "signature.timestamp": "epoch_ms" if odd.timestamp == "epoch_ms" else "kst",
        "confirm_price.too_high": "declined" if high else "done",
        "confirm_price.too_low": "declined" if low else "done",
        "confirm_price.compared": odd.guard != "none",
        "confirm_price.equality": high and low,
        "confirm_price.enforced": odd.guard == "exact" and not odd.replays,
        "full_price.compared": odd.full_price == "declined",
        "full_after_partial": "declined" if odd.full_after_partial == "declined" else "done",
        "required_echoes": echoes(odd),
        "codes.confirm_price": codes["confirm_price"] if odd.guard != "none" else None,
        "codes.unknown_tid": codes["unknown_tid"],
        "codes.more_than_remains": codes["confirm_price" if odd.guard_first else "more_than_remains"],
        "codes.partial_after_all": codes["partial_after_all"],
        "codes.full_after_all": codes["full_after_all"] if odd.second_full == "declined" else "00",
        "codes.full_after_partial": codes["full_after_partial"] if odd.full_after_partial == "declined" else "00",
        "codes.full_price": codes["full_price"] if odd.full_price == "declined" else "00",
        "codes.second_full": codes["second_full"] if odd.second_full == "declined" else "00",
        "codes.bad_signature": None
        if odd.signature == "unchecked" or odd.bad_signature_page
        else codes["bad_signature"],
    }
    for form in ("name_value", "concatenated"):
        for timestamp in ("kst", "epoch_ms"):
            found[f"signature.forms.{form}.{timestamp}"] = accepts(odd, form, timestamp)
    for operation in ("partial", "full"):
        found[f"success.{operation}.charset"] = odd.charset
        found[f"success.{operation}.tid"] = odd.tid_is
    found["success.partial.cancel_tid_length"] = odd.cancel_tid_length if odd.cancel_tid_key else None
    return found


def looked_up(told: Mapping[str, Any], path: str) -> Any:
    """What the file says at such a path."""
    at: Any = told["findings"]
    for name in path.split("."):
        if isinstance(at, list):
            key = "timestamp_format" if name in ("kst", "epoch_ms") else "signature_format"
            at = [form for form in at if form[key] == name]
            if len(at) == 1:
                at = at[0]["accepted"]
        elif at is None:
            return None
        else:
            at = at.get(name)
    return at.lower() if path.endswith(".charset") and at is not None else at


def differing(told: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Gives what is otherwise than expected, as what is written and what is true."""
    together = (looked_up(told, "confirm_price.at_once") or {}).get("together", 0)
    if together < 2 and looked_up(told, "confirm_price.enforced") is None:
        # None of those that were sent at once met another, so that nothing is proven.
        expected = {**expected, "confirm_price.enforced": FREE}
    pairs = {path: (looked_up(told, path), value) for path, value in expected.items() if value is not FREE}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}
