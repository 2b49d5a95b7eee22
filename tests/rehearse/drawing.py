"""Draws gateways that are odd in several ways, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

from cases import AS_SIGNATURE, ONE_CODE
from odd import CODES, Fault, Odd

# The plain value first, which is drawn most often where `rarely` says so.
CHOICES: dict[str, list[Any]] = {
    "signature": ["name_value", "name_value", "concatenated", "either", "unchecked"],
    "timestamp": ["kst", "kst", "epoch_ms", "either"],
    "tid_first": [False, False, True],
    "amount_first": [False, True],
    "guard": ["exact", "exact", "none", "high", "low", "tolerant", "before", "racy"],
    "guard_first": [False, True],
    "duplicates": [False, False, False, True],
    "busy": [False, False, True],
    "escapes": [False, True],
    "commas": [False, False, True],
    "bom": [False, False, True],
    "replays": [False, False, False, True],
    "more": ["declined", "declined", "clipped"],
    "full_after_partial": ["declined", "rest"],
    "second_full": ["declined", "success"],
    "full_price": ["declined", "ignored"],
    "codes": [CODES, CODES, ONE_CODE, AS_SIGNATURE],
    "one_message": [False, False, True],
    "varying_messages": [False, True],
    "success": ["00", "00", "00", "00", "0000", 0],
    "decline_status": [200, 200, 200, 200, 400],
    "bad_signature_page": [0, 0, 200, 302, 403, 500],
    "tid_in_declines": [False, True],
    "key_case": ["guide", "lower", "upper"],
    "remaining_key": ["RmainPrice", "RmainPrice", "RemainPrice", "LeftAmt", None],
    "cancel_tid_key": ["C_Tid", "C_Tid", "CancelTid", None],
    "cancel_tid_length": [40, 22, 31],
    "moid_in_partials": [False, True],
    "tid_is": ["payment", "payment", "own", "absent"],
    "price_is": ["asked", "asked", "total", "absent"],
    "remaining_is": ["after", "after", "before"],
    "numbers": [False, True],
    "backwards": [False, True],
    "extra_keys": [False, True],
    "dates": ["digits", "dashes", "absent"],
    "repeats_signature": [False, False, True],
    "charset": ["utf-8", "utf-8", "euc-kr"],
    "declares_charset": [True, True, False],
    "content_type": ["application/json", "text/html", "text/plain"],
    "connections": ["kept", "kept", "closed", "dropped", "http_1_0"],
    "body": ["length", "length", "chunked", "until_close"],
    "gzip": [False, False, True],
    "front": [200, 200, 404, 302, 403],
    "has_date": [True, True, False],
}
FAULTS = ("close", "reset", "cut", "status_500", "page")


def odd(seed: int) -> Odd:
    """A gateway of some oddities: about one of four is drawn anew, the rest is plain."""
    drawn = random.Random(f"odd {seed}")
    values = {name: drawn.choice(choices) for name, choices in CHOICES.items() if drawn.random() < 0.3}
    # HTTP/1.0 has no chunks.
    if values.get("connections") == "http_1_0" and values.get("body") == "chunked":
        values["body"] = "until_close"
    return Odd(**values)


def faults(seed: int) -> dict[int, Fault]:
    """None in half of the draws, else one to three lost answers."""
    drawn = random.Random(f"faults {seed}")
    if drawn.random() < 0.5:
        return {}
    numbers = drawn.sample(range(1, 23), drawn.randint(1, 3))
    return {number: Fault(drawn.choice(FAULTS), drawn.random() < 0.5) for number in numbers}


def price(seed: int) -> int:
    return random.Random(f"price {seed}").choice([1000, 1004, 1999, 12_340, 250_000])
