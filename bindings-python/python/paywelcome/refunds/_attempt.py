"""One attempt of a refund: sent, and its end recorded, wherever that is learnt."""

# The attempts of a client are the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from paywelcome import _native
from paywelcome.client import Client
from paywelcome.closing import OpenCall
from paywelcome.errors import PaywelcomeError

from . import _answer, _metrics, _telling, refund
from ._answer import End
from ._carrying import Carried, carry, let_go
from .errors import RefundsError
from .refund import Refund
from .store import Store

# Seconds before a write that failed is tried again, and the longest that these grow to.
PAUSE, LONGEST_PAUSE = 0.05, 2.0
# Seconds for which giving back what was not sent is tried at most, while the caller waits for the store's error.
GIVE_BACK = 5.0
# Seconds for which a write is tried at least, also where its lease is over.
LEAST = 1.0


class Attempt:
    """One attempt: the client tells it the end as early as it knows it, also where the caller has gone.

    The end is recorded within the client's own last step, so that the client tells it again if that is interrupted.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        running: _native.Running,
        settle: Callable[[str], _native.Running],
        key: str,
        began: float,
        lease: float,
        wait: float | None,
    ) -> None:
        self._client, self._store, self._running, self._settle, self._key = client, store, running, settle, key
        # Times are recorded as passed since the claim, so that none is ahead of the database's clock.
        self._began = self._claimed = began
        self._lease_over = began + lease
        self._wait_over = None if wait is None else began + wait
        self._end: End | None = None
        self._is_entered = self._is_over = False
        self._thread = threading.current_thread()
        self._refund: Refund | None = None
        self._measured = _metrics.Attempted(client.mid)
        self.is_moved: bool = True
        """Whether anything was written of the refund."""

    def run(self) -> Refund:
        """Returns the refund as it then stands: where the wait was over first, as it was claimed."""
        carried = Carried()
        try:
            carry(self._store, self._running, None, carried)
            self._claimed = _native.moment()
            if carried.is_done:
                found, self.is_moved = looked_at(carried)
                return found
            return self._send(*carried.needed)
        except BaseException as error:
            if not self._is_entered and may_be_claimed(carried, error):
                self._give_back(_answer.NOT_BEGUN, GIVE_BACK if isinstance(error, Exception) else 0.0)
            raise

    def _send(self, operation: str, arguments: Mapping[str, object], _token: str) -> Refund:
        wait = None if self._wait_over is None else max(0.001, self._wait_over - _native.moment())
        self._measured.operation = operation
        self._client._writing[self] = OpenCall(operation, str(arguments["tid"]), reference=self._key)
        try:
            return self._sent(operation, arguments, wait)
        finally:
            self._client._writing.pop(self, None)

    def is_elsewhere(self) -> bool:
        """Whether another thread than this one sends it, and may still record what came of it."""
        is_other = self._thread is not threading.current_thread() and self._thread.is_alive()
        return is_other and _native.moment() < self._lease_over + 2 * LEAST

    def _sent(self, operation: str, arguments: Mapping[str, object], wait: float | None) -> Refund:
        try:
            self._is_entered = True
            self._client._attempt(operation, arguments, began=self._began, wait=wait, sink=self)
        except PaywelcomeError:
            if self._end is None:
                # It is told later; in a forked child, by the parent.
                return refund.read(carry(self._store, self._running, _answer.PENDING).needed)
        except BaseException:
            if self._end is not None and _answer.is_never_begun(self._end):
                self._give_back(self._end, 0.0)
            raise
        if self._refund is None and self._end is not None:
            self._write(self._running, self._end, self._until())
        assert self._refund is not None, "what the client gives it has told before"
        return self._refund

    @property
    def result(self) -> End | None:
        """The end, once it is known."""
        return self._end

    @result.setter
    def result(self, result: End | None) -> None:
        """Writes the end down, unless it was never begun: that is told where nothing may interrupt."""
        self._end = result
        if result is not None and not _answer.is_never_begun(result):
            until = self._until()
            self._write(self._running, result, until if self._wait_over is None else min(until, self._wait_over))

    def late(self, result: End) -> None:
        """Records the end that the caller has not come for."""
        if self._is_over:
            return
        try:
            self._write(None, result, self._until())
        finally:
            let_go(self._store)

    def _until(self) -> float:
        return max(self._lease_over, _native.moment() + LEAST)

    def _give_back(self, end: End, longest: float) -> None:
        """Records that nothing was sent, unless something else is to be raised soon; then the sweep finds it."""
        with suppress(Exception):
            self._write(None, end, _native.moment() + longest)

    def _write(self, running: _native.Running | None, end: End, until: float) -> None:
        took = _native.moment() - self._claimed
        self._measured.ended(end, took)
        told = _answer.told(end, took)
        pause = PAUSE
        while True:
            try:
                # Writing it down twice does no harm, so what may have been written is simply tried again.
                if running is None:
                    carried = carry(self._store, self._settle(told))
                else:
                    carried = carry(self._store, running, told)
                break
            except Exception as error:
                left = until - _native.moment()
                if left <= 0:
                    if until >= self._lease_over and not _answer.is_never_begun(end):
                        self._is_over = True
                        _telling.lost(self._key, told, error)
                    raise
            # Not within the block above: what is raised here comes from a signal, and ends the wait.
            time.sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_PAUSE)
            running = None
        self._refund, before, paused = refund.read_moved(carried.needed)
        self._is_over = True
        _telling.moved(self._refund, before, paused=paused)


def looked_at(carried: Carried) -> tuple[Refund, bool]:
    """Reads a refund of which nothing was sent, and whether anything of it was written."""
    found, before, paused = refund.read_moved(carried.needed)
    _telling.moved(found, before, paused=paused)
    return found, before is not None


def may_be_claimed(carried: Carried, error: BaseException) -> bool:
    """Whether a work that came so far may have written a claim."""
    return carried.queries > 1 and not (isinstance(error, RefundsError) and error.kind == "busy")
