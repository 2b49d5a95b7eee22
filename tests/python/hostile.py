"""Objects that lie about what they are, or raise when they are looked at."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any


class Money(int):
    """An int that lies wherever it can."""

    def __int__(self) -> int:
        return 1

    __index__ = __trunc__ = __round__ = __floor__ = __hash__ = __int__  # type: ignore[assignment]

    def __str__(self) -> str:
        return "1"

    __repr__ = __str__

    def __format__(self, _: str) -> str:
        return "1"

    def __eq__(self, _: object) -> bool:
        return True

    def __rshift__(self, _: int) -> int:
        return 1

    __and__ = __lshift__ = __sub__ = __add__ = __floordiv__ = __rshift__  # type: ignore[assignment]


class Won(enum.IntEnum):
    FEE = 3000


class Text(str):
    """A text that lies wherever it can."""

    def __str__(self) -> str:
        return "lie"

    __repr__ = __str__

    def encode(self, *_: Any) -> bytes:
        return b"lie"

    def __eq__(self, _: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter("lie")


class Index:
    """As numpy's integers are: whole, but no int."""

    def __index__(self) -> int:
        return 12000

    __int__ = __index__


class Float(float):
    """As numpy's float64 is: a subclass of float."""


class Raises:
    """Raises whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError("str")

    __repr__ = __index__ = __int__ = __float__ = __bool__ = __len__ = __fspath__ = __str__  # type: ignore[assignment]


RAISES = "stands for one that raises, which pytest must not look at"


def made(value: Any) -> Any:
    return Raises() if value is RAISES else value


class LyingDecimal(Decimal):
    def __int__(self) -> int:
        return 1

    def to_integral_value(self, *_: Any, **__: Any) -> Decimal:
        return self


LyingDecimal.__name__ = "Decimal"


class Impostor:
    """No Decimal, whatever it says."""

    __class__ = Decimal  # type: ignore[assignment]

    def is_finite(self) -> bool:
        return True

    def adjusted(self) -> int:
        return 4

    def to_integral_value(self) -> Impostor:
        return self

    def __int__(self) -> int:
        return 12000


Impostor.__name__ = "Decimal"


class RaisingClass:
    """Raises as soon as somebody asks what it is."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("class")

    @__class__.setter
    def __class__(self, _: Any) -> None: ...


RaisingClass.__name__ = "Decimal"


class RaisingPath:
    def __fspath__(self) -> str:
        raise RuntimeError("fspath")


class BytesPath:
    def __fspath__(self) -> bytes:
        return b"x"


class ReentersPath:
    """Makes a client while one is being made."""

    def __fspath__(self) -> str:
        import paywelcome

        with contextlib.suppress(paywelcome.ConfigurationError):
            paywelcome.Client(mid="", ca_bundle=ReentersPath)  # type: ignore[arg-type]
        return ""


def _meta(name: Any) -> type:
    """A metaclass whose classes give this as their name."""

    class Meta(type):
        @property
        def __name__(cls) -> Any:
            return name()

    return Meta


def _raise(error: type[BaseException]) -> Any:
    raise error


def _reenter() -> str:
    import paywelcome

    client = paywelcome.Client(mid="welcometst", sign_key="k", base_url="http://127.0.0.1:1")
    try:
        client.cancel(pay_type=[], tid={}, price=Raises())  # type: ignore[arg-type]
    except paywelcome.InvalidRequestError as error:
        return ",".join(refused.field for refused in error.errors)
    raise AssertionError("it was not refused")


class _NameOfNames(str):
    """A name that can't be shown, of a class whose name can't be shown, and so on."""

    def __str__(self) -> str:
        raise RuntimeError("str")

    __repr__ = __str__


class _Endless(_NameOfNames, metaclass=_meta(lambda: _Endless("endless"))):
    pass


def named(name: Any) -> Any:
    """An object of a class that gives what `name` makes as its name."""
    return _meta(name)("Hostile", (), {})()


def _deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


def _raising_buffer() -> Any:
    view = memoryview(b"12000")
    view.release()
    return view


class Says:
    """An object that answers every question with an exception."""

    def __init__(self, error: type[BaseException]) -> None:
        object.__setattr__(self, "error", error)

    def __getattribute__(self, name: str) -> Any:
        raise object.__getattribute__(self, "error")

    def _say(self, *_: Any) -> Any:
        raise object.__getattribute__(self, "error")

    __int__ = __index__ = __float__ = __str__ = __repr__ = __bytes__ = __bool__ = __len__ = __iter__ = _say
    __eq__ = __hash__ = __lt__ = __add__ = __format__ = __complex__ = __trunc__ = __round__ = __call__ = _say  # type: ignore[assignment]


STRANGE: list[Callable[[], Any]] = [
    object,
    list,
    dict,
    set,
    bytes,
    bytearray,
    Index,
    Raises,
    Impostor,
    RaisingClass,
    RaisingPath,
    BytesPath,
    ReentersPath,
    _deep,
    _raising_buffer,
    lambda: memoryview(b"12000"),
    lambda: b"12000",
    lambda: bytearray(b"card"),
    lambda: (number for number in [12000]),
    lambda: [12000],
    lambda: ("card",),
    lambda: int,
    lambda: str,
    lambda: NotImplemented,
    lambda: ...,
    lambda: 12000j,
    lambda: Says(RuntimeError),
    lambda: Says(KeyboardInterrupt),
    lambda: Says(SystemExit),
    lambda: Says(RecursionError),
    lambda: Says(MemoryError),
    lambda: Says(GeneratorExit),
    lambda: named(lambda: "Decimal"),
    lambda: named(lambda: "\ud800"),
    lambda: named(lambda: "x" * 10**7),
    lambda: named(lambda: b"bytes"),
    lambda: named(lambda: None),
    lambda: named(lambda: _NameOfNames("name")),
    lambda: named(lambda: _Endless("name")),
    lambda: named(lambda: _raise(RuntimeError)),
    lambda: named(lambda: _raise(RecursionError)),
    lambda: named(_reenter),
]
