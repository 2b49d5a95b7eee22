#!/usr/bin/env python3
"""Writes the test vectors, or with --check proves that the committed ones are what this program writes.

Verdicts are written by hand in cases_*.py. Computed here, with nothing of this library: digests (hashlib),
KST digits (datetime at a fixed +9 hours) and form encoding (below, byte by byte, as WHATWG specifies it).
"""

import hashlib
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
KST = timezone(timedelta(hours=9))
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._")

GIVEN = {
    "signature": {"mid", "signKey", "mkey", "signatureFormat", "timestampFormat", "at"},
    "request": {"operation", "mid", "signKey", "at", "timestampFormat", "signatureFormat", "args"},
    "amount": {"currency", "value"},
    "reply": {"operation", "args", "status", "contentType", "body", "bodyHex"},
    "error": {"options"},
}
EXPECT = {
    "signature": {"timestamp", "signature"},
    "request": {"form", "fields"},
    "amount": {"posted", "refused"},
    "reply": {"receipt", "outcome", "kind", "httpStatus", "resultCode", "resultMsg"},
    "error": {"fields", "baseUrl"},
}
REFUSALS = {"fields", "refused", "outcome"}


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


def check_suite(suite: str, cases: list) -> None:
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), f"{suite}: a name is used twice: {[n for n in names if names.count(n) > 1]}"
    for case in cases:
        where = f"{suite}: {case['name']}"
        assert case.keys() <= {"name", "given", "expect", "node"}, where
        assert case["given"].keys() <= GIVEN[suite], where
        for key in {"expect", "node"} & case.keys():
            assert case[key] and case[key].keys() <= EXPECT[suite], where


def render(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def suites() -> dict:
    import cases_amount
    import cases_error
    import cases_reply
    import cases_request
    import cases_signature

    return {
        "signature": cases_signature.CASES,
        "request": cases_request.CASES,
        "amount": cases_amount.CASES,
        "reply": cases_reply.CASES,
        "error": cases_error.CASES,
    }


def main(arguments: list) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: make.py [--check]", file=sys.stderr)
        return 2
    all_suites = suites()
    files = {}
    for suite, cases in all_suites.items():
        check_suite(suite, cases)
        files[f"{suite}.json"] = render(cases)
    files["index.json"] = render({"suites": {suite: len(cases) for suite, cases in all_suites.items()}})

    if arguments == ["--check"]:
        found = {path.name for path in HERE.glob("*.json")}
        stale = sorted(found ^ files.keys())
        stale += [n for n in files if n in found and (HERE / n).read_bytes() != files[n].encode("utf-8")]
        for name in stale:
            print(f"{name} differs from what make.py writes", file=sys.stderr)
        if stale:
            return 1
    else:
        for name, text in files.items():
            (HERE / name).write_bytes(text.encode("utf-8"))

    total = refused = 0
    for suite, cases in all_suites.items():
        refusals = sum(bool(REFUSALS & case["expect"].keys()) for case in cases)
        print(f"{suite:10}{len(cases):5} cases {refusals:5} refusals")
        total, refused = total + len(cases), refused + refusals
    print(f"{'all':10}{total:5} cases {refused:5} refusals ({100 * refused / total:.0f} %)")
    return 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
