"""What all that is given back has in common."""

from __future__ import annotations

# As type checkers know it; typing is not imported at run time, where it would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn


class Value:
    """Immutable, comparable, hashable and picklable, by the values of its fields."""

    __slots__ = ("_values",)

    _fields: ClassVar[tuple[str, ...]] = ()
    _values: tuple[Any, ...]

    def __init_subclass__(cls) -> None:
        # Kept together: one that is immutable takes long to fill field by field, and every call gives one.
        for place, name in enumerate(cls.__dict__.get("_fields", ())):
            setattr(cls, name, _field(place))

    def _fill(self, *values: object) -> None:
        object.__setattr__(self, "_values", values)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields if not name.startswith("_"))
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")


def _field(place: int) -> property:
    return property(lambda value: value._values[place])
