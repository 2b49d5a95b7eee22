"""Objects that lie about what they are, or raise when they are looked at."""

from __future__ import annotations

import enum
from collections.abc import Iterator
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
