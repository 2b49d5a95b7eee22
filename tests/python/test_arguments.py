"""What callers pass, by mistake and by malice: it is posted as it is, or refused with nothing sent."""

from __future__ import annotations

import numbers
import time
from collections.abc import Callable, Iterator
from decimal import Decimal, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import paywelcome
from hostile import RAISES, Float, Impostor, Index, LyingDecimal, Money, Raises, RaisingClass, Text, Won, made
from merchant import CANCEL, PARTIAL, TID, settings
from scripted import Server, answer


class World:
    """A client of a server that counts."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client: Any = paywelcome.Client(**settings(server.url))

    def refused(self, *fields: str, **arguments: Any) -> paywelcome.InvalidRequestError:
        """Asserts that a call is refused for exactly these fields and that nothing arrives."""
        partial = "cancel_price" in arguments or "confirm_price" in arguments
        call, usual = (self.client.partial_cancel, PARTIAL) if partial else (self.client.cancel, CANCEL)
        with pytest.raises(paywelcome.InvalidRequestError) as caught:
            call(**{**usual, **arguments})
        assert [error.field for error in caught.value.errors] == list(fields)
        assert caught.value.outcome == "not_sent"
        assert self.server.connections == []
        return caught.value

    def posted(self, name: str, **arguments: Any) -> str | None:
        """Returns what arrives in a field of the form."""
        self.client.cancel(**{**CANCEL, **arguments})
        return self.server.requests[-1].field(name)


@pytest.fixture
def world() -> Iterator[World]:
    with Server(answer()) as server:
        world = World(server)
        yield world
        world.client.close()


def test_every_argument_is_keyword_only(world: World) -> None:
    for call in (world.client.cancel, paywelcome.cancel):
        with pytest.raises(TypeError):
            call("card", TID, 12000)
    for call in (world.client.partial_cancel, paywelcome.partial_cancel):
        with pytest.raises(TypeError):
            call("card", TID, 3000, 9000)
    with pytest.raises(TypeError):
        paywelcome.Client("welcometst")  # type: ignore[call-arg]
    assert world.server.connections == []


@pytest.mark.parametrize("name", ["amount", "payType", "cancelType", "tax", "retries", "", "self_"])
def test_an_unknown_argument_is_a_type_error(world: World, name: str) -> None:
    with pytest.raises(TypeError):
        world.client.cancel(**CANCEL, **{name: None})
    with pytest.raises(TypeError):
        paywelcome.cancel(**CANCEL, **{name: None})
    with pytest.raises(TypeError):
        paywelcome.Client(**settings(world.server.url), **{name: None})
    assert world.server.connections == []


@pytest.mark.parametrize("missing", ["pay_type", "tid", "price"])
def test_a_missing_argument_is_a_type_error_and_none_is_refused(world: World, missing: str) -> None:
    with pytest.raises(TypeError):
        world.client.cancel(**{name: value for name, value in CANCEL.items() if name != missing})
    world.refused(missing, **{missing: None})


def test_every_bad_field_is_listed_at_once(world: World) -> None:
    error = world.refused(
        *("pay_type", "tid", "price", "currency", "cancel_type", "timeout"),
        pay_type=1,
        tid=b"x",
        price=1.0,
        currency="won",
        cancel_type="c",
        timeout=0,
    )
    assert all(field in str(error) for field in ("pay_type", "cancel_type", "timeout"))
    world.refused(
        *("pay_type", "tid", "cancel_price", "confirm_price", "currency", "tax", "taxfree", "timeout"),
        pay_type="",
        tid="t" * 41,
        cancel_price=0,
        confirm_price=-1,
        currency=1,
        tax=True,
        taxfree="1.5",
        timeout="5",
    )


def test_int_subclasses_are_posted_as_what_they_are(world: World) -> None:
    assert world.posted("price", price=Won.FEE) == "3000"
    assert world.posted("price", price=Money(12000)) == "12000"
    assert world.posted("price", price=Money(2**70)) == str(2**70)


def test_str_subclasses_are_posted_as_what_they_are(world: World) -> None:
    assert world.posted("price", price=Text("12,000")) == "12000"
    assert world.posted("tid", tid=Text("tid-1")) == "tid-1"
    assert world.posted("payType", pay_type=Text("vbank")) == "vbank"
    assert world.posted("currency", currency=Text("USD")) == "USD"


def test_numpy_integers_are_posted_as_what_they_are(world: World) -> None:
    assert world.posted("price", price=np.int64(12000)) == "12000"
    assert world.posted("price", price=np.uint8(200)) == "200"
    assert world.posted("price", price=np.uint64(2**64 - 1)) == str(2**64 - 1)
    assert world.posted("price", price=np.array([1, 12000], dtype="int32").sum()) == "12001"
    assert world.posted("price", price=np.str_("12,000")) == "12000"
    with paywelcome.Client(**settings(world.server.url, timeout=np.int32(5), connect_retries=np.int8(1))) as client:
        client.partial_cancel(**{**PARTIAL, "cancel_price": np.int16(3000), "confirm_price": np.int64(0)})
    assert world.server.requests[-1].field("confirmPrice") == "0"


@pytest.mark.parametrize(
    "price",
    [
        *(np.float64(12000), np.float32(12000), np.float16(12), np.bool_(True), np.timedelta64(5, "D")),
        *(np.datetime64("2026-09-30"), np.array(12000), np.array([12000]), np.complex64(1), np.int64(-1), np.int64(0)),
    ],
    ids=lambda value: f"{type(value).__name__} {value}",
)
def test_other_numbers_of_numpy_are_refused(world: World, price: Any) -> None:
    world.refused("price", price=price)


class Registered:
    """Says of its type that it is a whole number, and says more when it is asked for it."""

    def __init__(self, says: Any) -> None:
        self.says = says

    def __index__(self) -> Any:
        if isinstance(self.says, BaseException):
            raise self.says
        return self.says


numbers.Integral.register(Registered)


def test_what_is_registered_as_a_whole_number_is_asked_for_it(world: World) -> None:
    assert world.posted("price", price=Registered(12000)) == "12000"
    with Server(answer()) as server:
        world = World(server)
        for says in (12000.0, "12000", None, ValueError("zebra"), RecursionError(), -1, True):
            assert "zebra" not in str(world.refused("price", price=Registered(says)))
        for reason in (KeyboardInterrupt(), SystemExit(1)):
            with pytest.raises(type(reason)):
                world.client.cancel(**{**CANCEL, "price": Registered(reason)})
        assert server.connections == []


def test_a_text_with_a_point_is_refused_by_what_to_pass(world: World) -> None:
    for price in ("12000.00", "12,000.00", "0.5"):
        assert "has a decimal point" in str(world.refused("price", price=price))
    assert world.posted("price", price=Decimal("12000.00")) == "12000"


NO_AMOUNTS = [
    *(12000.0, float("nan"), float("inf"), Float(12000), True, False, Index(), Fraction(12000), 12000j, b"12000"),
    *(bytearray(b"1"), [12000], (12000,), {"price": 12000}, object(), int, lambda: 12000, RAISES, None),
]


@pytest.mark.parametrize("price", NO_AMOUNTS, ids=lambda value: type(value).__name__)
def test_what_is_no_amount_is_refused(world: World, price: Any) -> None:
    price = made(price)
    world.refused("price", price=price)
    world.refused("cancel_price", cancel_price=price)
    world.refused("confirm_price", confirm_price=price)
    if price is not None:
        world.refused("tax", "taxfree", cancel_price=1, tax=price, taxfree=price)


@pytest.mark.parametrize("price", [0, -1, -12000, 10**22, 10**40, -(10**40), 10**5000, -(10**5000)], ids=int.bit_length)
def test_numbers_out_of_range_are_refused_quickly(world: World, price: int) -> None:
    began = time.monotonic()
    world.refused("price", price=price)
    assert time.monotonic() - began < 1


def test_the_largest_amount_is_posted(world: World) -> None:
    assert world.posted("price", price=10**22 - 1) == "9" * 22
    assert world.posted("price", price="9" * 22) == "9" * 22
    assert world.posted("price", price=Decimal("9" * 22)) == "9" * 22


@pytest.mark.parametrize(
    ("price", "posted"),
    [("12000", "12000"), ("12000.00", "12000"), ("1.2E+4", "12000"), ("12000E0", "12000"), ("1E+21", "1" + "0" * 21)],
)
def test_a_whole_decimal_is_won(world: World, price: str, posted: str) -> None:
    assert world.posted("price", price=Decimal(price)) == posted


NO_WON = [
    *("0", "-0", "-12000", "0.5", "12000.5", "12000.01", "1E-1000000", "NaN", "sNaN", "-NaN", "Infinity", "-Infinity"),
    *("1E+22", "1E+1000000", "-1E+1000000", "1E+999999999999999999"),
]


@pytest.mark.parametrize("price", NO_WON)
def test_another_decimal_is_refused_quickly(world: World, price: str) -> None:
    began = time.monotonic()
    world.refused("price", price=Decimal(price))
    assert time.monotonic() - began < 1


def test_a_decimal_in_dollars_is_refused(world: World) -> None:
    for currency in ("USD", Text("USD")):
        error = world.refused("price", price=Decimal(12000), currency=currency)
        assert "cents" in error.errors[0].message
    world.refused("price", "currency", price=Decimal("1.5"), currency="KRW")


def test_a_decimal_is_read_whatever_the_context_is(world: World) -> None:
    with localcontext() as context:
        context.prec = 2
        context.traps[Inexact] = context.traps[InvalidOperation] = True
        assert world.posted("price", price=Decimal("12345.00")) == "12345"
        with pytest.raises(paywelcome.InvalidRequestError):
            world.client.cancel(**{**CANCEL, "price": Decimal("12345.5")})


@pytest.mark.parametrize(
    "make", [lambda: LyingDecimal(12000), Impostor, RaisingClass], ids=["lies", "claims", "raises"]
)
def test_what_only_calls_itself_a_decimal_is_refused_or_posted_as_it_is(world: World, make: Callable[[], Any]) -> None:
    price = make()
    try:
        posted = world.posted("price", price=price)
    except paywelcome.InvalidRequestError as error:
        assert [refused.field for refused in error.errors] == ["price"]
        assert world.server.connections == []
    else:
        assert type(price) is LyingDecimal
        assert posted == "12000"


@pytest.mark.parametrize("name", ["pay_type", "tid", "currency", "cancel_type"])
@pytest.mark.parametrize(
    "value",
    [1, 1.5, True, b"card", RAISES, ["card"], "", " a", "a ", "ca\0rd", "ca\nrd", "\ud800", "card\udfff", "\x7f"],
    ids=ascii,
)
def test_what_is_no_text_of_a_field_is_refused(world: World, name: str, value: Any) -> None:
    world.refused(name, **{name: made(value)})


@pytest.mark.parametrize(
    "tid", ["t" * 41, "한" * 41, "tid\r\nX-Header: 1", "tid\u2028\n", "\u3000tid", "\x85tid", "t\x80d"], ids=ascii
)
def test_a_tid_that_is_none_is_refused(world: World, tid: str) -> None:
    world.refused("tid", tid=tid)


@pytest.mark.parametrize(
    "timeout",
    [0, -1, -0.0, float("nan"), float("inf"), 3601, 10**30, 10**400, "5", True, Decimal(5), b"5", Index(), RAISES],
    ids=lambda value: type(value).__name__,
)
def test_a_time_limit_that_is_none_is_refused(world: World, timeout: Any) -> None:
    timeout = made(timeout)
    world.refused("timeout", timeout=timeout)
    world.refused("timeout", cancel_price=1, timeout=timeout)
    for name in ("timeout", "connect_timeout"):
        with pytest.raises(paywelcome.ConfigurationError) as caught:
            paywelcome.Client(**settings(world.server.url, **{name: timeout}))
        assert [error.field for error in caught.value.errors] == [name]


def test_a_refusal_never_repeats_the_value(world: World) -> None:
    for arguments in ({"tid": "planted" * 9}, {"pay_type": "PLANTED"}, {"price": "planted"}, {"currency": "planted"}):
        with pytest.raises(paywelcome.InvalidRequestError) as caught:
            world.client.cancel(**{**CANCEL, **arguments})
        assert "planted" not in str(caught.value).lower()


def test_a_call_on_asyncio_is_refused_before_anything_else(world: World) -> None:
    import asyncio

    async def call(start: Callable[..., Any]) -> None:
        with pytest.raises(paywelcome.InvalidRequestError):
            await start(pay_type="card", tid="\ud800", price=Raises())
        with pytest.raises(TypeError):
            await start("card")

    asyncio.run(call(paywelcome.AsyncClient(**settings(world.server.url)).cancel))
    assert world.server.connections == []
