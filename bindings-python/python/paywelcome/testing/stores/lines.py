"""A store for asyncio as threads use it: each thread has a task in the event loop, which does what it asks in turn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from typing import Any, TypeAlias, TypeVar

from paywelcome.refunds import AsyncStore, Dialect, Query, Rows, Store

Result = TypeVar("Result")
_Line: TypeAlias = "asyncio.Queue[tuple[Callable[[], Awaitable[Any]], Future[Any]] | None]"


class Lines:
    """The lines of all threads to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._of_thread = threading.local()

    def run(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """Has this thread's task await it, and gives the result."""
        line: _Line | None = getattr(self._of_thread, "line", None)
        if line is None:
            line = self._of_thread.line = _new_line()
            asyncio.run_coroutine_threadsafe(_work(line), self._loop)
        done: Future[Result] = Future()
        self._loop.call_soon_threadsafe(line.put_nowait, (ask, done))
        return done.result()

    def end(self) -> None:
        """Ends this thread's task."""
        line: _Line | None = getattr(self._of_thread, "line", None)
        if line is not None:
            self._of_thread.line = None
            self._loop.call_soon_threadsafe(line.put_nowait, None)

    def store(self, make: Callable[[], AsyncStore]) -> Store:
        """The store for threads."""

        async def made() -> AsyncStore:
            return make()

        return _Threaded(self, self.run(made))

    def caller(
        self, caller: Callable[[], AbstractAsyncContextManager[AsyncStore]]
    ) -> Callable[[], AbstractContextManager[Store]]:
        """The caller's transaction for threads."""

        @contextmanager
        def opened() -> Generator[Store, None, None]:
            with self.entered(caller) as store:
                yield _Threaded(self, store)

        return opened

    @contextmanager
    def entered(self, make: Callable[[], AbstractAsyncContextManager[Result]]) -> Generator[Result, None, None]:
        """Enters and leaves a context in this thread's task."""

        async def enter() -> tuple[AbstractAsyncContextManager[Result], Result]:
            block = make()
            return block, await block.__aenter__()

        block, result = self.run(enter)
        try:
            yield result
        except BaseException as error:
            raised = error
            if not self.run(lambda: block.__aexit__(type(raised), raised, raised.__traceback__)):
                raise
        else:
            self.run(lambda: block.__aexit__(None, None, None))


def _new_line() -> _Line:
    return asyncio.Queue()


async def _work(line: _Line) -> None:
    while (todo := await line.get()) is not None:
        ask, done = todo
        try:
            done.set_result(await ask())
        except BaseException as error:
            done.set_exception(error)


class _Threaded:
    def __init__(self, lines: Lines, store: AsyncStore) -> None:
        self._lines, self._store = lines, store

    @property
    def dialect(self) -> Dialect:
        return self._store.dialect

    def query(self, pieces: Sequence[str], values: Sequence[str | None], /) -> Rows:
        return self._lines.run(lambda: self._store.query(pieces, values))

    @contextmanager
    def transaction(self) -> Generator[Query, None, None]:
        with self._lines.entered(self._store.transaction) as query:
            yield lambda pieces, values, /: self._lines.run(lambda: query(pieces, values))

    def in_transaction(self) -> bool:
        async def told() -> bool:
            return self._store.in_transaction()

        return self._lines.run(told)

    def close(self) -> None:
        """At the end of a thread: what the store keeps open, and the thread's task."""
        close: Callable[[], Awaitable[object]] | None = getattr(self._store, "aclose", None)
        if close is not None:
            self._lines.run(close)
        self._lines.end()
