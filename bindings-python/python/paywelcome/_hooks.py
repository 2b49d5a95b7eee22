"""The merchant's own functions: which are refused, and how they are called."""

from __future__ import annotations

from . import _logs
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from . import _native

_COROUTINE = 0x80  # inspect.CO_COROUTINE


def check(name: str, hook: object, takes: str, client: _native.Core) -> None:
    """Refuses what could not be called, or would never run because nobody awaits it."""
    if hook is None:
        return
    if not callable(hook):
        message = f"is not a function; pass one that takes {takes}"
    elif _is_async(hook):
        message = "is a coroutine function, which nobody would await; pass a plain function"
    else:
        return
    line = f"the client's settings are wrong: {name}: {message}"
    raise ConfigurationError(line, errors=[(name, message)], host=client.host, mid=client.mid)


def _is_async(hook: Any) -> bool:
    """Whether calling it makes a coroutine, be it a function, a method, an object, or a partial of any of these."""
    # A functools.partial, without importing that.
    while type(hook).__name__ == "partial" and callable(getattr(hook, "func", None)):
        hook = hook.func
    codes = [getattr(part, "__code__", None) for part in (hook, type(hook).__call__)]
    return any(getattr(code, "co_flags", 0) & _COROUTINE for code in codes)


def tell(name: str, hook: Callable[[Any], object] | None, about: object) -> None:
    """Calls a function of the merchant's, whatever it then does; what it raises is logged."""
    if hook is None:
        return
    try:
        given: object = hook(about)
        # A task or a future runs by itself, and whoever made it knows.
        if hasattr(type(given), "__await__") and not hasattr(given, "add_done_callback"):
            close: Any = getattr(given, "close", None)
            if close is not None:
                close()
            message = "%s did not run for %r: %r gives a coroutine, which nobody awaits; pass a plain function"
            _logs.tell(_logs.ERROR, message, (name, about, hook))
    except Exception as error:
        _logs.tell(_logs.ERROR, "%s failed for %r", (name, about), error=error)
