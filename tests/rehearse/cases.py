"""Gateways that are odd in one way each, and what else that changes in what a rehearsal finds."""

from __future__ import annotations

from typing import Any

from odd import CODES, Odd
from truth import FREE

ONE_CODE = dict.fromkeys(CODES, "01")
AS_SIGNATURE = {**CODES, "bad_timestamp": CODES["bad_signature"]}

ODDITIES: dict[str, Odd] = {
    "none": Odd(),
    "concatenated": Odd(signature="concatenated"),
    "either signature": Odd(signature="either"),
    "signature unchecked": Odd(signature="unchecked"),
    "timestamp of 13 digits": Odd(timestamp="epoch_ms"),
    "timestamp of 13 or 14 digits": Odd(timestamp="either"),
    "timestamp refused as a signature": Odd(codes=AS_SIGNATURE),
    "timestamp of 13 refused as a signature": Odd(codes=AS_SIGNATURE, timestamp="epoch_ms"),
    "timestamp must be fresh": Odd(fresh_seconds=60),
    "tid first": Odd(tid_first=True),
    "tid first, concatenated": Odd(tid_first=True, signature="concatenated", timestamp="epoch_ms"),
    "tid and amounts first": Odd(tid_first=True, amount_first=True),
    "tid first, signature unchecked": Odd(tid_first=True, signature="unchecked"),
    "no guard": Odd(guard="none"),
    "racy guard": Odd(guard="racy"),
    "guard declines too high": Odd(guard="high"),
    "guard declines too low": Odd(guard="low"),
    "tolerant guard": Odd(guard="tolerant"),
    "guard takes what remained before": Odd(guard="before"),
    "guard first": Odd(guard_first=True),
    "replays": Odd(replays=True),
    "clips": Odd(more="clipped", guard="none"),
    "full after partial gives the rest": Odd(full_after_partial="rest"),
    "second full says success": Odd(second_full="success"),
    "full ignores price": Odd(full_price="ignored"),
    "one code": Odd(codes=ONE_CODE),
    "one code and message": Odd(codes=ONE_CODE, one_message=True),
    "one code, varying messages": Odd(codes=ONE_CODE, varying_messages=True),
    "varying messages": Odd(varying_messages=True),
    "messages with control characters": Odd(escapes=True),
    "declines an amount that went back before": Odd(duplicates=True),
    "no guard, declines an amount that went back before": Odd(duplicates=True, guard="none"),
    "one cancel at a time": Odd(busy=True),
    "no partial cancels": Odd(partials=False),
    "snake keys": Odd(key_case="snake"),
    "no tid": Odd(tid_is="absent"),
    "commas": Odd(commas=True),
    "byte order mark": Odd(bom=True),
    "0000": Odd(success="0000"),
    "the number 0": Odd(success=0),
    "declines with status 400": Odd(decline_status=400),
    "page for a bad signature": Odd(bad_signature_page=403),
    "redirect for a bad signature": Odd(bad_signature_page=302),
    "status 500 for a bad signature": Odd(bad_signature_page=500),
    "large page for a bad signature": Odd(bad_signature_page=200, page_length=100_000),
    "tid in declines": Odd(tid_in_declines=True),
    "lower keys": Odd(key_case="lower"),
    "upper keys": Odd(key_case="upper"),
    "RemainPrice": Odd(remaining_key="RemainPrice"),
    "LeftAmt": Odd(remaining_key="LeftAmt"),
    "no remaining": Odd(remaining_key=None),
    "no C_Tid": Odd(cancel_tid_key=None),
    "CancelTid": Odd(cancel_tid_key="CancelTid"),
    "short C_Tid": Odd(cancel_tid_length=22),
    "Moid in partials": Odd(moid_in_partials=True),
    "own tid": Odd(tid_is="own"),
    "price is the total": Odd(price_is="total"),
    "no price": Odd(price_is="absent"),
    "remaining is before": Odd(remaining_is="before"),
    "numbers": Odd(numbers=True),
    "backwards": Odd(backwards=True),
    "extra keys": Odd(extra_keys=True),
    "dashes": Odd(dates="dashes"),
    "no dates": Odd(dates="absent"),
    "repeats the signature": Odd(repeats_signature=True),
    "euc-kr": Odd(charset="euc-kr"),
    "euc-kr, undeclared": Odd(charset="euc-kr", declares_charset=False),
    "text/html": Odd(content_type="text/html"),
    "closes": Odd(connections="closed"),
    "drops": Odd(connections="dropped"),
    "HTTP/1.0": Odd(connections="http_1_0", body="until_close"),
    "chunked": Odd(body="chunked"),
    "until close": Odd(body="until_close"),
    "gzip": Odd(gzip=True),
    "front page 404": Odd(front=404),
    "front page 302": Odd(front=302),
    "no Date": Odd(has_date=False),
    "slow": Odd(slow=0.1),
    "several": Odd(tid_is="own", numbers=True, charset="euc-kr", connections="closed", guard="high", backwards=True),
}

# Where no partial cancel is ever done, nothing is known of what comes after one.
_NO_PARTIALS = {
    **{f"confirm_price.{name}": None for name in ("compared", "equality", "enforced")},
    **{f"success.partial.{name}": None for name in ("charset", "tid", "cancel_tid_length")},
    **{f"codes.{name}": None for name in ("confirm_price", "full_after_all", "full_after_partial")},
    **{f"codes.{name}": None for name in ("more_than_remains", "partial_after_all")},
    "full_after_partial": None,
}
# What else differs where money does not move as later steps need.
EXCEPTIONS: dict[str, dict[str, Any]] = {
    "guard takes what remained before": {**_NO_PARTIALS, "codes.partial_declined": CODES["confirm_price"]},
    "no partial cancels": {**_NO_PARTIALS, "codes.partial_declined": CODES["no_partials"]},
    "clips": {"codes.full_after_partial": None, "codes.more_than_remains": "00", "full_after_partial": None},
    # A duplicate that is declined looks like a remainder that is compared.
    "no guard, declines an amount that went back before": {
        "confirm_price.compared": FREE,
        "codes.confirm_price": FREE,
    },
}
