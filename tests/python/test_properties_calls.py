"""Whatever is passed to a call: it is posted exactly, or refused by name and nothing is sent; in both clients."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from decimal import Context, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import paywelcome
from drawn import FULL, PARTIAL, Given
from merchant import CANCEL, MID, reported, settings, signature
from scripted import Request, Server, answer

Drawn = dict[str, Given]
ORDER = {
    "/cancel/cancel": ["payType", "mid", "tid", "price", "currency", "timestamp", "signature", "cancelType"],
    "/cancel/repay": [
        *("payType", "mid", "tid", "cancelPrice", "confirmPrice", "currency", "tax", "taxfree"),
        *("timestamp", "signature"),
    ],
}
# A server keeps all that it heard, so each one hears some only.
EXAMPLES_OF_A_SERVER = 200


class World:
    """A counting server, and both clients of it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._open()

    def _open(self) -> None:
        self.examples = 0
        self.server = Server(answer())
        self.client = paywelcome.Client(**settings(self.server.url))
        self.async_client = paywelcome.AsyncClient(**settings(self.server.url))

    def _close(self) -> None:
        self.client.close()
        self.loop.run_until_complete(self.async_client.aclose())
        self.server.close()

    def close(self) -> None:
        self._close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def call(self, name: str, asynchronous: bool, **arguments: Any) -> Any:
        self.examples += 1
        if self.examples > EXAMPLES_OF_A_SERVER:
            self._close()
            self._open()
        if not asynchronous:
            return getattr(self.client, name)(**arguments)
        return self.loop.run_until_complete(getattr(self.async_client, name)(**arguments))

    def heard(self) -> tuple[int, int]:
        """How many connections and requests there were."""
        return len(self.server.connections), len(self.server.requests)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    # Hypothesis collects the cycles of its examples itself; a deep one would otherwise be walked at every allocation.
    gc.collect()
    yield world
    world.close()


# Fields are named in the order of the arguments.
ARGUMENTS = (
    *("pay_type", "tid", "price", "cancel_price", "confirm_price", "currency", "cancel_type", "tax", "taxfree"),
    "timeout",
)


def refused(drawn: Drawn) -> list[str]:
    """The fields that must be refused, as the README says."""
    dollars = drawn["currency"].posted == "USD"
    fields = {name for name, value in drawn.items() if value.posted is None or (value.decimal and dollars)}
    if drawn["pay_type"].posted in ("card", "vbank", "bank") and "cancel_type" in drawn:
        fields |= {"cancel_type"} if drawn["cancel_type"].posted == "C" else set()
    return sorted(fields, key=ARGUMENTS.index)


def check_posted(request: Request, drawn: Drawn) -> None:
    """Asserts that the form says what was passed, in the documented order, and is signed as the guide says."""
    form = dict(request.fields)
    assert [name for name, _ in request.fields] == [name for name in ORDER[request.path] if name in form]
    camel = {"pay_type": "payType", "cancel_price": "cancelPrice", "confirm_price": "confirmPrice"}
    camel["cancel_type"] = "cancelType"
    for name, value in drawn.items():
        if name != "timeout":
            assert form.pop(camel.get(name, name), "") == value.posted, name
    assert form.pop("mid") == MID
    assert form.pop("signature") == signature(form.pop("timestamp"))
    assert form == {}


def check(world: World, name: str, drawn: Drawn, asynchronous: bool) -> None:
    arguments = {field: value.make() for field, value in drawn.items()}
    wrong = refused(drawn)
    before = world.heard()
    if not wrong:
        receipt = world.call(name, asynchronous, **arguments)
        request = world.server.requests[-1]
        assert world.heard()[1] in (before[1] + 1, 1)
        check_posted(request, drawn)
        assert receipt.tid == drawn["tid"].posted
        assert type(receipt.price) is int and type(receipt.tid) is str
        return
    with pytest.raises(paywelcome.InvalidRequestError) as caught:
        world.call(name, asynchronous, **arguments)
    error = caught.value
    assert [entry.field for entry in error.errors] == wrong
    assert (error.outcome, error.kind, error.attempts, error.timestamp) == ("not_sent", "invalid_request", 0, None)
    assert all(field in str(error) for field in wrong)
    assert len(str(error)) < 3000 and "\n" not in str(error)
    assert world.heard() in (before, (0, 0)), "something was sent"


@given(drawn=FULL, asynchronous=st.booleans())
def test_a_full_cancel(world: World, drawn: Drawn, asynchronous: bool) -> None:
    check(world, "cancel", drawn, asynchronous)


@given(drawn=PARTIAL, asynchronous=st.booleans())
def test_a_partial_cancel(world: World, drawn: Drawn, asynchronous: bool) -> None:
    check(world, "partial_cancel", drawn, asynchronous)


def usual(of: dict[str, Any], **more: str) -> Drawn:
    posted = {"currency": "WON", "timeout": ""} | more
    return {
        **{name: Given(lambda value=value: value, name, str(value)) for name, value in of.items()},  # type: ignore[misc]
        **{name: Given(lambda: None, name, text) for name, text in posted.items()},
    }


@given(drawn=FULL, name=st.sampled_from(["tid", "price", "currency", "timeout"]), asynchronous=st.booleans())
def test_one_argument_among_right_ones(world: World, drawn: Drawn, name: str, asynchronous: bool) -> None:
    """What is right is posted as often as what is wrong is refused."""
    check(world, "cancel", usual(CANCEL, cancel_type="") | {name: drawn[name]}, asynchronous)


@given(
    drawn=FULL, precision=st.integers(1, 40), least=st.integers(-20, 0), most=st.integers(0, 30), traps=st.booleans()
)
def test_any_decimal_context(world: World, drawn: Drawn, precision: int, least: int, most: int, traps: bool) -> None:
    context = Context(prec=precision, Emin=least, Emax=most)
    for signal in context.traps:
        context.traps[signal] = traps
    drawn = usual(CANCEL, cancel_type="") | {"price": drawn["price"]}
    with localcontext(context):
        check(world, "cancel", drawn, asynchronous=False)


@given(depth=st.integers(0, 150))
def test_a_call_on_the_last_frames_of_the_stack(world: World, depth: int) -> None:
    """A RecursionError within a call says what became of the money, as every other reason does."""
    world.call("cancel", False, **CANCEL)
    before = world.heard()

    def room() -> int:
        """How many frames there are left."""
        try:
            return 1 + room()
        except RecursionError:
            return 1

    def descend(frames: int) -> Any:
        return world.client.cancel(**CANCEL) if frames <= 0 else descend(frames - 1)

    try:
        descend(room() - depth)
    except RecursionError as reason:
        outcome = getattr(reason, "outcome", "not_sent")
    else:
        outcome = "done"
    reported()
    assert world.heard()[1] - before[1] == (outcome != "not_sent"), outcome


@given(timeout=st.floats(5e-324, 1e-3), asynchronous=st.booleans())
def test_a_time_limit_of_almost_nothing(timeout: float, asynchronous: bool) -> None:
    """It may end before or after the request left, and the error knows which."""
    with Server(answer()) as server:
        client = (paywelcome.AsyncClient if asynchronous else paywelcome.Client)(**settings(server.url))
        try:
            called: Any = client.cancel(**CANCEL, timeout=timeout)
            asyncio.run(called) if asynchronous else None
        except paywelcome.NotSentError as error:
            assert (error.outcome, error.kind) == ("not_sent", "timeout")
            left = False
        except paywelcome.OutcomeUnknownError as error:
            assert (error.outcome, error.kind) == ("unknown", "timeout")
            left = True
        else:
            left = True
    # Closed: whatever was to come has come.
    assert left or server.requests == []
