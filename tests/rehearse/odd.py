"""How a stand-in gateway differs from the guide: each oddity is a switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# No two alike, none of the sandbox's, and none that this project has seen elsewhere.
CODES: Mapping[str, str] = {
    "bad_signature": "S-101",
    "bad_timestamp": "S-102",
    "unknown_mid": "M-1",
    "unknown_tid": "T404",
    "confirm_price": "P17",
    "more_than_remains": "P18",
    "full_after_partial": "F31",
    "partial_after_all": "P99",
    "full_after_all": "F99",
    "full_price": "F12",
    "second_full": "F98",
    "malformed": "X1",
    "duplicate": "D7",
    "busy": "B2",
    "no_partials": "N05",
}


@dataclass(frozen=True)
class Odd:
    """A gateway; without arguments, one that keeps to the guide, with codes of its own."""

    # What it accepts.
    signature: str = "name_value"  # or concatenated, either, unchecked
    timestamp: str = "kst"  # or epoch_ms, either
    fresh_seconds: int | None = None
    clock_seconds: int = 0  # how far ahead its clock is, in the Date header and for freshness
    tid_first: bool = False  # the payment is looked up before the signature is checked
    amount_first: bool = False  # and what is wrong with the amounts is said before, too

    # Its rules.
    guard: str = "exact"  # or none, racy, high, low (the direction it declines), tolerant, before (remaining before)
    guard_first: bool = False  # confirmPrice is looked at before the amount
    replays: bool = False  # the same amounts again get the same success, and nothing moves
    duplicates: bool = False  # declines an amount that went back of the payment before
    busy: bool = False  # declines what comes while another cancel of the payment is under way
    partials: bool = True  # a merchant who may cancel in parts
    more: str = "declined"  # or clipped: as much as remains goes back
    full_after_partial: str = "declined"  # or rest: what remains goes back
    second_full: str = "declined"  # or success: 00, and nothing moves
    full_price: str = "declined"  # or ignored: all goes back, whatever is asked

    # How it says things.
    codes: Mapping[str, str] = field(default_factory=lambda: CODES)
    one_message: bool = False
    varying_messages: bool = False
    success: object = "00"  # or 0000, the number 0
    decline_status: int = 200
    bad_signature_page: int = 0  # a page with this status
    page_length: int = 0  # how many bytes it has at least
    tid_in_declines: bool = False
    escapes: bool = False  # messages with control characters
    key_case: str = "guide"  # or lower, upper, snake
    remaining_key: str | None = "RmainPrice"
    cancel_tid_key: str | None = "C_Tid"
    cancel_tid_length: int = 40
    moid_in_partials: bool = False
    tid_is: str = "payment"  # or own (of the cancel), absent
    price_is: str = "asked"  # or total, absent
    remaining_is: str = "after"  # or before
    numbers: bool = False
    commas: bool = False
    bom: bool = False
    backwards: bool = False
    extra_keys: bool = False
    dates: str = "digits"  # or dashes, absent
    repeats_signature: bool = False  # in the message and in a header

    # How it speaks HTTP.
    charset: str = "utf-8"
    declares_charset: bool = True
    content_type: str = "application/json"
    connections: str = "kept"  # or closed (and said), dropped (not said), http_1_0
    body: str = "length"  # or chunked, until_close
    gzip: bool = False
    front: int = 200  # status of the front page
    has_date: bool = True
    blocks: bool = False  # everything is a page with status 403
    slow: float = 0.02  # seconds before each answer, so that what is sent at once is there at once


@dataclass(frozen=True)
class Fault:
    """What becomes of one request: whether it is applied, and how its answer is lost."""

    kind: str  # close, reset, stall, cut, status_500, page
    applied: bool
