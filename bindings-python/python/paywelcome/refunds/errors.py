"""Why something was not done that was asked of refunds; nothing was sent by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast

from paywelcome.errors import InvalidRequestError

from ._times import instant

Kind: TypeAlias = Literal["not_found", "in_transaction", "schema", "ruling", "busy", "store"]
"""Why, in one word: see `RefundsError.kind`."""


class RefundsError(Exception):
    """Something was not done, and nothing was sent by it. The message says what to do instead.

    What the gateway did with a refund is never raised: the refund itself says it.
    """

    kind: Kind
    """Why, in one word:

    - ``"not_found"``: this merchant has no refund of that key.
    - ``"in_transaction"``: it was called within a transaction; call it after the commit.
    - ``"schema"``: the tables are missing, or older than this library.
    - ``"ruling"``: the ruling is too early, or contradicts what is known.
    - ``"busy"``: other workers changed the payment all the time; try again later.
    - ``"store"``: the store gave what nobody has written.
    """
    until: datetime | None
    """Of a ruling that is too early: when it may be made, aware, in UTC. Otherwise ``None``."""
    mid: str | None
    """``mid`` 가맹점ID of the merchant whose refunds these are."""

    def __init__(self, message: str = "", *, kind: Kind, until: datetime | None = None, mid: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.until = until
        self.mid = mid

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), str(self), self.kind, self.until, self.mid)


def invalid(fields: Sequence[tuple[str, str]], message: str, mid: str | None) -> InvalidRequestError:
    """Makes the error of arguments that are wrong; each is named with what to pass instead."""
    listed = "; ".join(f"{name}: {wrong}" for name, wrong in fields)
    return InvalidRequestError(f"{message}: {listed}" if listed else message, errors=fields, mid=mid)


def _refused(  # pyright: ignore[reportUnusedFunction]
    kind: str, message: str, fields: Sequence[tuple[str, str]], until: int | None, mid: str
) -> Exception:
    """Makes the exception of what the native half refuses; ``until`` is in milliseconds since 1970."""
    if kind == "invalid_request":
        return invalid(fields, message, mid)
    return RefundsError(message, kind=cast("Kind", kind), until=instant(until), mid=mid)


def _rebuild(
    cls: type[RefundsError], message: str, kind: Kind, until: datetime | None, mid: str | None
) -> RefundsError:
    return cls(message, kind=kind, until=until, mid=mid)
