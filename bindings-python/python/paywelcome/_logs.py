"""The package's logger, found without a lock.

`logging.getLogger` and `Logger.isEnabledFor` take a lock of the whole module, which an exception of a signal handler
may leave held on Python 3.12 and before. So nothing that a caller's thread runs for every call takes it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import Logger

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40


def listening(level: int) -> Logger | None:
    """Returns the logger where it takes lines of this level.

    Only who has imported the module can listen, so it is not imported for the others.
    """
    logging = sys.modules.get("logging")
    root = getattr(logging, "root", None)
    if logging is None or root is None:
        return None
    known = root.manager.loggerDict.get("paywelcome")
    log: Logger = known if isinstance(known, logging.Logger) else logging.Logger("paywelcome")
    if log is not known:
        # Nobody has asked for it, so it would be as the root's is.
        log.parent = root
    return log if takes(log, level) else None


def takes(log: Logger, level: int) -> bool:
    """As `Logger.isEnabledFor`."""
    return not log.disabled and log.manager.disable < level and level >= log.getEffectiveLevel()


def write(log: Logger, level: int, message: str, shown: tuple[object, ...], told: Mapping[str, object]) -> None:
    """Writes a line of a level that it takes."""
    log._log(level, message, shown, extra={"paywelcome": told})


def tell(
    level: int,
    message: str,
    shown: tuple[object, ...],
    told: Mapping[str, object] | None = None,
    error: BaseException | None = None,
) -> None:
    """Writes a line that is to be seen also where nobody has set logging up."""
    import logging  # noqa: F401  # pyright: ignore[reportUnusedImport]

    log = listening(level)
    if log is not None:
        log._log(level, message, shown, exc_info=error, extra=None if told is None else {"paywelcome": told})
