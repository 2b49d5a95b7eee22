"""Compares the file of a rehearsal with the stand-in's journal and ledger.

`complaints` returns a sentence for each lie in it. It knows the form of the file, and nothing of the program.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from standin import MID, MKEY, SIGN_KEY, Posted, Standin
from truth import accepts, declines, echoes

Told = Mapping[str, Any]
# Situations in which a success is answered and nothing moves.
EMPTY = ("replayed", "nothing_left")
# The steps whose answers show a code.
STEP_OF_CODE = {
    "confirm_price": ("wrong_remainder_high", "wrong_remainder_low", "same_again", "at_once"),
    "more_than_remains": ("more_than_remains",),
    "full_after_partial": ("full_after_partial",),
    "partial_after_all": ("partial_after_all",),
    "full_after_all": ("full_after_all",),
    "full_price": ("full_price",),
    "second_full": ("second_full",),
}


def complaints(told: Told, gateway: Standin) -> list[str]:
    return [
        *_head(told, gateway),
        *_steps(told, gateway),
        *_codes(told),
        *_guard(told, gateway),
        *_success(told, gateway),
    ]


def secrets(gateway: Standin, *texts: str) -> list[str]:
    """Returns the secrets that some text shows, in any form that could have carried them there."""
    plain = {"key": SIGN_KEY, "mkey": MKEY}
    plain |= {f"signature {posted.number}": posted.field("signature") for posted in gateway.posts}
    found = []
    for name, secret in plain.items():
        forms = {secret, secret.upper(), quote(secret, safe=""), json.dumps(secret)[1:-1]}
        forms |= {_base64(secret, shift) for shift in range(3)}
        found += [f"{name} is shown" for text in texts if any(form and form in text for form in forms)]
    return found


def _base64(secret: str, shift: int) -> str:
    """Returns the part of a base64 text that does not depend on what surrounds the secret."""
    coded = base64.b64encode(b"x" * shift + secret.encode() + b"xxx").decode()
    return coded[4 if shift else 0 : -8]


def _head(told: Told, gateway: Standin) -> Iterator[str]:
    if (told["format"], told["version"], told["mid"]) != ("paywelcome-rehearsal", 1, MID):
        yield f"it is of another kind: {told['format']} {told['version']} of {told['mid']}"
    if told["gateway"]["kind"] == "loopback" and told["gateway"]["base_url"] != gateway.url:
        yield f"another gateway is named: {told['gateway']}"


def _without_signature(fields: list[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in fields if name != "signature")


def matched(told: Told, gateway: Standin) -> tuple[list[tuple[str, Any, Posted]], list[Posted]]:
    """Pairs each exchange with the request that came; also returns the requests that no exchange shows."""
    left = list(gateway.posts)
    found = []
    told_of = [(step["step"], exchange) for step in told["steps"] for exchange in step["exchanges"]]
    # One without an answer may never have come; those with one did.
    for name, exchange in sorted(told_of, key=lambda each: each[1].get("answer") is None):
        asked = _without_signature(exchange["fields"])
        alike = [each for each in left if (each.path, _without_signature(each.fields)) == (exchange["path"], asked)]
        # Of requests that are alike to the second, the one that was answered so.
        alike.sort(key=lambda each: (not _is_answer(exchange, each), not _has_code(exchange, each)))
        if alike:
            left.remove(alike[0])
            found.append((name, exchange, alike[0]))
    return found, left


def _is_answer(exchange: Any, posted: Posted) -> bool:
    answer, given = exchange.get("answer"), posted.answer
    if answer is None or given is None:
        return answer is given
    body = _body(answer)
    # Of an answer that was cut, only a part may have come.
    is_same = given.body.startswith(body) if answer.get("is_cut") else body == given.body
    return bool(answer["status"] == given.status and is_same)


def _has_code(exchange: Any, posted: Posted) -> bool:
    return posted.answer is not None and posted.answer.code == _code(exchange)


def _body(answer: Any) -> bytes:
    if answer.get("body_base64") is not None:
        return base64.b64decode(answer["body_base64"])
    return (answer.get("body") or "").encode()


def _steps(told: Told, gateway: Standin) -> Iterator[str]:
    found, left = matched(told, gateway)
    paired = {id(exchange): posted for _, exchange, posted in found}
    moved = {step["step"]: 0 for step in told["steps"]}
    for name, _, posted in found:
        moved[name] += posted.moved
    # A killed run asks again what is free, and what else it had sent belongs to the one step that has no answers.
    left = [posted for posted in left if posted.field("tid") in gateway.ledger.payments]
    lost = [step["step"] for step in told["steps"] if step["state"] in ("asked", "unknown")]
    if left and not lost:
        yield f"{len(left)} requests came that no step shows: {left}"
    for step in told["steps"]:
        name, cost = step["step"], step["cost"]
        slack = sum(posted.moved for posted in left) if name in lost else 0
        # An answer that says that more went back than was asked for is a doubt that a person has to settle.
        could = max([step["could_cost"], *map(_price, step["exchanges"])])
        if not cost["least"] <= cost["most"] <= could:
            yield f"{name}: cost {cost} does not lie within {step['could_cost']}"
        if not (cost["least"] <= moved[name] + slack and moved[name] <= cost["most"]):
            yield f"{name}: {moved[name]} moved, which is not within {cost}"
        if step["state"] == "skipped" and (step["exchanges"] or not step["why_skipped"]):
            yield f"{name}: skipped without a reason, or asked all the same"
        for exchange in step["exchanges"]:
            yield from _exchange(name, exchange, paired.get(id(exchange)))
    gone, most = gateway.ledger.gone(), sum(step["cost"]["most"] for step in told["steps"])
    if not sum(step["cost"]["least"] for step in told["steps"]) <= gone <= most:
        yield f"{gone} went back, at most {most} are told"


def _price(exchange: Any) -> int:
    """Returns the amount that a success says went back, where that is more than was asked for."""
    asked = dict(exchange["fields"])
    try:
        charset = "cp949" if exchange["answer"]["body_base64"] else "utf-8-sig"
        members = json.loads(_body(exchange["answer"]).decode(charset))
        price = int(str({name.lower(): value for name, value in members.items()}["price"]).replace(",", ""))
        return price if price > int(asked.get("cancelPrice") or asked["price"]) else 0
    except (AttributeError, KeyError, TypeError, ValueError):
        return 0


def _exchange(step: str, exchange: Any, posted: Posted | None) -> Iterator[str]:
    outcome = exchange["outcome"]
    if any(name == "signature" for name, _ in exchange["fields"]):
        yield f"{step}: a signature is kept"
    if posted is None:
        # A connection may be lost before a request is read, which only the gateway can know.
        if outcome in ("done", "declined"):
            yield f"{step}: an exchange is told as {outcome} that never came"
        return
    if outcome == "not_sent":
        yield f"{step}: told as not sent, and it came"
    if outcome == "declined" and posted.moved:
        yield f"{step}: told as declined, and {posted.moved} moved"
    decision = posted.decision
    if outcome == "done" and not posted.moved and not (decision and decision.situation in EMPTY):
        yield f"{step}: told as done, and nothing moved"
    if exchange.get("answer") is not None and not _is_answer(exchange, posted) and not posted_was_spoilt(posted):
        yield f"{step}: another answer is told than was given: {exchange['answer']}"


def posted_was_spoilt(posted: Posted) -> bool:
    """Whether the file must not keep what was sent, because it repeats a signature."""
    signature = posted.field("signature").encode()
    return posted.answer is None or signature in posted.answer.body


def _answers(told: Told, step: str) -> list[Any]:
    return [each for found in told["steps"] if found["step"] == step for each in found["exchanges"]]


def _code(exchange: Any) -> str | None:
    code = exchange.get("result_code")
    return None if code is None else str(code)


def _codes(told: Told) -> Iterator[str]:
    codes = (told["findings"] or {}).get("codes") or {}
    for name, steps in STEP_OF_CODE.items():
        code = codes.get(name)
        seen = {_code(each) for step in steps for each in _answers(told, step)}
        if code is not None and code not in seen:
            yield f"codes.{name} is {code}, and the answers had {seen}"


def _guard(told: Told, gateway: Standin) -> Iterator[str]:
    found = (told["findings"] or {}).get("confirm_price") or {}
    odd = gateway.odd
    for name, is_declined in zip(("too_high", "too_low"), declines(odd), strict=True):
        if (found.get(name), is_declined) in (("declined", False), ("done", True)):
            yield f"confirm_price.{name} is {found[name]}"
    holds = odd.guard == "exact" and not odd.replays
    if found.get("enforced") is True and not holds:
        yield f"the guard is said to be enforced: {odd}"
    # What can't tell a wrong remainder from a right one proves nothing either way.
    if found.get("equality") is True and odd.guard not in ("exact", "racy", "before"):
        yield f"the guard is said to compare for equality: {odd}"
    matches, _ = matched(told, gateway)
    at_once = [posted for step, _, posted in matches if step == "at_once"]
    moved = sum(posted.moved > 0 for posted in at_once)
    if found.get("atomic") is True and moved > 1:
        yield f"the guard is said to be atomic, and of {len(at_once)} at once {moved} moved"
    counts = found.get("at_once")
    if counts and not odd.replays and not counts["done"] <= moved <= counts["done"] + counts["unknown"]:
        yield f"at_once is {counts}, and {moved} moved"


def _success(told: Told, gateway: Standin) -> Iterator[str]:
    findings, odd = told["findings"] or {}, gateway.odd
    for operation, path in (("partial", "/cancel/repay"), ("full", "/cancel/cancel")):
        spelt = (findings.get("success") or {}).get(operation)
        given = [each for each in gateway.posts if each.path == path and each.decision and each.decision.success]
        bodies = [
            each.answer.body.decode(odd.charset).lstrip("\ufeff") for each in given if each.answer and each.answer.code
        ]
        if spelt is not None and [each["key"] for each in spelt["keys"]] not in map(list, map(json.loads, bodies)):
            yield f"success.{operation}.keys are {spelt['keys']}, and successes are {bodies}"
    required = findings.get("required_echoes")
    if required is not None:
        agree = set(echoes(odd) or [])
        # Only a partial cancel shows what echoes of amounts are worth.
        rightly = [each for step in ("forms_by_success", "partial", "rest") for each in _answers(told, step)]
        unsure = set() if any(each["outcome"] == "done" for each in rightly) else {"price", "remaining_price"}
        if odd.success != "00" or set(required) - unsure != agree - unsure:
            yield f"required_echoes are {required}, and {agree} agree"
    for form in (findings.get("signature") or {}).get("forms") or []:
        is_taken = accepts(odd, form["signature_format"], form["timestamp_format"])
        if form["accepted"] is not None and form["accepted"] != is_taken:
            yield f"signature.forms: {form}"
