#!/usr/bin/env python3
"""Writes the test vectors, or with --check proves that the committed ones are what this program writes.

Verdicts are written by hand in cases_*.py; digests, KST digits and form encoding are computed in computed.py.
"""

import json
import sys
from pathlib import Path

import cases_amount
import cases_error
import cases_reply
import cases_request
import cases_signature

HERE = Path(__file__).resolve().parent

GIVEN = {
    "signature": {"mid", "signKey", "mkey", "signatureFormat", "timestampFormat", "at"},
    "request": {"operation", "mid", "signKey", "at", "timestampFormat", "signatureFormat", "args"},
    "amount": {"currency", "value"},
    "reply": {"operation", "args", "status", "contentType", "contentEncoding", "requiredEchoes", "body", "bodyHex"},
    "error": {"options"},
}
EXPECT = {
    "signature": {"timestamp", "signature"},
    "request": {"form", "fields"},
    "amount": {"posted", "refused"},
    "reply": {"receipt", "outcome", "kind", "httpStatus", "resultCode", "resultMsg", "bodyExcerpt"},
    "error": {"fields", "baseUrl"},
}
REFUSALS = {"fields", "refused", "outcome"}


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
    sys.exit(main(sys.argv[1:]))
