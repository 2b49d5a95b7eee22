"""Computed with nothing of this library: digests, KST digits at a fixed +9 hours, and form encoding.

The form encoding goes byte by byte, as WHATWG specifies it.
"""

import hashlib
from datetime import datetime, timedelta, timezone

KST = timezone(timedelta(hours=9))
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._")


def sha256_hex(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def timestamp(at: int, timestamp_format: str) -> str:
    if timestamp_format == "epoch_ms":
        return str(at)
    return (EPOCH + timedelta(milliseconds=at)).astimezone(KST).strftime("%Y%m%d%H%M%S")


def instant(kst_digits: str) -> int:
    """Epoch milliseconds of 14 KST digits; ValueError where there is no such date and time."""
    moment = datetime.strptime(kst_digits, "%Y%m%d%H%M%S").replace(tzinfo=KST)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def sign(given: dict) -> dict:
    """The timestamp and signature of a form posted by the client that `given` describes."""
    stamp = timestamp(given["at"], given.get("timestampFormat", "kst"))
    mkey = given["mkey"].lower() if "mkey" in given else sha256_hex(given["signKey"])
    plain = f"mid={given['mid']}&mkey={mkey}&timestamp={stamp}"
    if given.get("signatureFormat") == "concatenated":
        plain = given["mid"] + mkey + stamp
    return {"timestamp": stamp, "signature": sha256_hex(plain)}


def form_encode(pairs: list) -> str:
    def one(text: str) -> str:
        return "".join("+" if b == 0x20 else chr(b) if b in UNRESERVED else f"%{b:02X}" for b in text.encode("utf-8"))

    return "&".join(f"{one(name)}={one(value)}" for name, value in pairs)
