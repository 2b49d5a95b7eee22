"""How connections of a store's own are lent, kept and given up, for threads and on asyncio alike."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from paywelcome.refunds import _async_kept, _kept
from paywelcome.refunds._async_kept import AsyncKept
from paywelcome.refunds._kept import FRESH, Kept


class Connection:
    """One that only notes what is done with it."""

    def __init__(self) -> None:
        self.closed, self.asked, self.dead, self.sound = False, 0, False, True
        self.ended: BaseException | None = None

    def prepare(self) -> None:
        if self.ended is not None:
            raise self.ended

    def alive(self) -> None:
        self.asked += 1
        self.prepare()
        if self.dead:
            raise OSError("the server has gone away")

    def close(self) -> None:
        self.closed = True
        if self.dead:
            raise OSError("there is nobody to say goodbye to")


class Threads:
    """Connections lent to threads."""

    module = _kept

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self.kept = Kept(connect, lambda one: one.prepare(), Connection.alive, lambda one: one.sound, Connection.close)

    def lent(self) -> Any:
        return self.kept.lent()

    def close(self) -> None:
        self.kept.close()

    def end(self) -> None:
        pass


class Tasks:
    """Connections lent to tasks, entered and left as those to threads."""

    module = _async_kept

    def __init__(self, connect: Callable[[], Connection]) -> None:
        async def opened() -> Connection:
            return connect()

        async def prepare(one: Connection) -> None:
            one.prepare()

        async def alive(one: Connection) -> None:
            one.alive()

        async def close(one: Connection) -> None:
            one.close()

        self.loop = asyncio.new_event_loop()
        self.kept = AsyncKept(opened, prepare, alive, lambda one: one.sound, close)

    @contextmanager
    def lent(self) -> Generator[Connection, None, None]:
        block = self.kept.lent()
        connection = self.loop.run_until_complete(block.__aenter__())
        try:
            yield connection
        except BaseException as error:
            self.loop.run_until_complete(block.__aexit__(type(error), error, error.__traceback__))
            raise
        self.loop.run_until_complete(block.__aexit__(None, None, None))

    def close(self) -> None:
        self.loop.run_until_complete(self.kept.aclose())

    def end(self) -> None:
        self.loop.close()


@pytest.fixture
def opened() -> list[Connection]:
    return []


@pytest.fixture(params=[Threads, Tasks])
def lending(request: pytest.FixtureRequest, opened: list[Connection]) -> Generator[Any, None, None]:
    def connect() -> Connection:
        opened.append(Connection())
        return opened[-1]

    made = request.param(connect)
    yield made
    made.end()


def test_one_that_came_back_is_lent_again(lending: Any, opened: list[Connection]) -> None:
    for _ in range(3):
        with lending.lent() as connection:
            assert connection is opened[0]
    assert not opened[0].closed


def test_two_users_at_once_have_two(lending: Any, opened: list[Connection]) -> None:
    with lending.lent() as one, lending.lent() as other:
        assert one is not other
    with lending.lent(), lending.lent():
        pass
    assert len(opened) == 2


def test_after_an_error_it_is_kept_if_it_is_sound(lending: Any, opened: list[Connection]) -> None:
    with pytest.raises(LookupError), lending.lent():
        raise LookupError
    with lending.lent() as connection:
        assert connection is opened[0]


def test_after_an_error_one_that_is_not_sound_is_closed_and_the_idle_ones_with_it(
    lending: Any, opened: list[Connection]
) -> None:
    with lending.lent(), lending.lent():
        pass
    with pytest.raises(LookupError), lending.lent() as connection:
        connection.sound = False
        raise LookupError
    assert [each.closed for each in opened] == [True, True]
    with lending.lent() as connection:
        assert connection is opened[2]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
def test_what_interrupts_closes_it_since_an_answer_may_be_unread(
    interruption: type[BaseException], lending: Any, opened: list[Connection]
) -> None:
    with pytest.raises(interruption), lending.lent():
        raise interruption
    assert opened[0].closed


def test_one_that_was_idle_is_asked_for_a_sign_of_life(
    lending: Any, opened: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(lending.module.time, "monotonic", lambda: now)
    with lending.lent(), lending.lent():
        pass
    with lending.lent() as connection:
        assert connection.asked == 0
    now += FRESH + 1
    with lending.lent() as connection:
        assert connection.asked == 1
    now += FRESH + 1
    for each in opened:
        each.dead = True
    with lending.lent() as connection:
        assert connection is opened[2]
    assert [each.closed for each in opened] == [True, True, False]


def test_one_that_is_lent_while_the_store_is_closed_is_closed_when_it_comes_back(
    lending: Any, opened: list[Connection]
) -> None:
    with lending.lent(), lending.lent():
        pass
    with lending.lent() as connection:
        lending.close()
        assert not connection.closed
    assert [each.closed for each in opened] == [True, True]
    with lending.lent() as connection:
        assert connection is opened[2]


def test_a_server_that_is_not_there_is_its_own_error(lending: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(lending.kept, "_connect", refuse)
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError), lending.lent():
            raise AssertionError("it was lent")


@pytest.mark.parametrize("ended", [OSError, KeyboardInterrupt, asyncio.CancelledError])
def test_one_that_could_not_be_set_up_is_closed(
    ended: type[BaseException], lending: Any, opened: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(one: Connection) -> None:
        raise ended

    monkeypatch.setattr(Connection, "prepare", prepare)
    with pytest.raises(ended), lending.lent():
        raise AssertionError("it was lent")
    assert [each.closed for each in opened] == [True]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
def test_one_that_was_being_asked_when_it_was_interrupted_is_closed(
    interruption: type[BaseException], lending: Any, opened: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(lending.module.time, "monotonic", lambda: now)
    with lending.lent() as connection:
        pass
    now += FRESH + 1
    connection.ended = interruption()
    with pytest.raises(interruption), lending.lent():
        raise AssertionError("it was lent")
    assert [each.closed for each in opened] == [True]


@pytest.mark.parametrize("circle", [False, True])
def test_a_store_that_is_gone_leaves_none_open(circle: bool) -> None:
    """Also where it went in a circle, in which a connection may be told of its end before its store is."""
    ended: list[bool] = []

    class Told(Connection):
        def __del__(self) -> None:
            ended.append(self.closed)

    # Older than the store, for which reason it is told first.
    made = [Told()]
    lending = Threads(made.pop)
    with lending.lent():
        pass
    if circle:
        vars(lending.kept)["circle"] = lending.kept
    del lending
    gc.collect()
    assert ended == [True]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_neither_uses_nor_closes_what_it_inherited(lending: Any, opened: list[Connection]) -> None:
    with lending.lent():
        pass
    with lending.lent() as mine:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with lending.lent() as connection:
                    assert connection is not mine
                lending.close()
                status = 0
            finally:
                # The parent's, which this frame still holds, does not end with it.
                os._exit(status if not mine.closed else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with lending.lent() as connection:
        assert connection is mine


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("lending", [Threads], indirect=True)
def test_a_child_that_leaves_the_block_of_its_parent_does_not_close_its_connection(
    lending: Any, opened: list[Connection]
) -> None:
    status = 1
    with lending.lent() as mine:
        child = os.fork()
    if child == 0:
        try:
            with lending.lent() as connection:
                status = 0 if connection is not mine and not mine.closed else 1
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_each_event_loop_has_its_own(opened: list[Connection]) -> None:
    async def connect() -> Connection:
        opened.append(Connection())
        return opened[-1]

    async def nothing(_: Connection) -> None:
        pass

    kept = AsyncKept(connect, nothing, nothing, lambda _: True, nothing)

    async def use() -> Connection:
        async with kept.lent() as connection:
            return connection

    async def twice() -> list[Connection]:
        return [await use(), await use()]

    for at in range(2):
        assert asyncio.run(twice()) == [opened[at], opened[at]]
