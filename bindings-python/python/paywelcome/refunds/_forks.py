"""What a forked child inherits belongs to its parent, which still uses it: the child neither uses nor closes it."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Disowns(Protocol):
    """Has connections, which belong to the process that opened them."""

    def disown(self) -> None:
        """Forgets all connections, in a child that was forked."""
        ...


_inherited: list[object] = []
_everything: weakref.WeakSet[Disowns] = weakref.WeakSet()


def disowned_in_children(one: Disowns) -> None:
    """Has it forget its connections in every child, for as long as it exists."""
    _everything.add(one)


def keep_open(inherited: object) -> None:
    """Keeps what was inherited from being closed, which would end the parent's use of it."""
    _inherited.append(inherited)


def _disown_all() -> None:
    for one in list(_everything):
        one.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_all)
