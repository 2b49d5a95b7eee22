"""One Python client of the bench in a process of its own: `worker.py threads|asyncio|uvloop CLIENT`.

It reads lines of JSON: the setting first, then one for each turn; and answers each with one.
"""

import asyncio
import itertools
import json
import sys
import threading
import time
from typing import Any

import clients
from pace import Clock, OpenLoop


def main() -> None:
    kind, name = sys.argv[1:]
    setting = json.loads(sys.stdin.readline())
    if kind == "threads":
        worker = Threads({scheme: clients.THREADED[name](setting, scheme) for scheme in ("http", "https")})
    else:
        worker = Loop(kind, clients.ON_A_LOOP[name], setting)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            answer = worker.take(json.loads(line))
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


class Threads:
    """A thread for each call in flight, as a server with worker threads has them."""

    def __init__(self, calls: dict[str, clients.Call]) -> None:
        self._calls = calls

    def take(self, turn: dict) -> dict[str, Any]:
        call = self._calls[turn["scheme"]]
        if "rate" in turn:
            return self._open(call, turn)
        self._burst(call, Clock(turn["warm"], turn["least"], turn["in_flight"]), turn["in_flight"])
        clock = Clock(turn["seconds"], turn["least"], turn["in_flight"])
        start, used = time.perf_counter(), time.process_time()
        self._burst(call, clock, turn["in_flight"])
        return clock.result(time.perf_counter() - start, time.process_time() - used)

    def _burst(self, call: clients.Call, clock: Clock, in_flight: int) -> None:
        def run() -> None:
            done = 0
            while clock.more(done):
                call(1000)
                done += 1
            clock.over(done)

        if in_flight == 1:
            run()
        else:
            _in_threads(run, in_flight)

    def _open(self, call: clients.Call, turn: dict) -> dict[str, Any]:
        loop = OpenLoop(turn["rate"], turn["seconds"])
        places = itertools.count()

        def run() -> None:
            while (due := loop.due(next(places))) is not None:
                wait = due - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                loop.began(due)
                call(1000)
                loop.took(due)

        _in_threads(run, turn["in_flight"])
        return loop.result()


def _in_threads(run: Any, count: int) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Loop:
    """One event loop with a task for each call in flight."""

    def __init__(self, kind: str, make: Any, setting: dict) -> None:
        if kind == "uvloop":
            import uvloop

            self._loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        else:
            self._loop = asyncio.new_event_loop()
        self._calls: dict[str, clients.AsyncCall] = {}
        for scheme in ("http", "https"):
            self._calls[scheme] = self._loop.run_until_complete(make(setting, scheme))

    def take(self, turn: dict) -> dict[str, Any]:
        call = self._calls[turn["scheme"]]
        return self._loop.run_until_complete(self._open(call, turn) if "rate" in turn else self._closed(call, turn))

    async def _closed(self, call: clients.AsyncCall, turn: dict) -> dict[str, Any]:
        await self._burst(call, Clock(turn["warm"], turn["least"], turn["in_flight"]), turn["in_flight"])
        clock = Clock(turn["seconds"], turn["least"], turn["in_flight"])
        start, used = time.perf_counter(), time.process_time()
        await self._burst(call, clock, turn["in_flight"])
        return clock.result(time.perf_counter() - start, time.process_time() - used)

    async def _burst(self, call: clients.AsyncCall, clock: Clock, in_flight: int) -> None:
        async def run() -> None:
            done = 0
            while clock.more(done):
                await call(1000)
                done += 1
            clock.over(done)

        await asyncio.gather(*(run() for _ in range(in_flight)))

    async def _open(self, call: clients.AsyncCall, turn: dict) -> dict[str, Any]:
        loop = OpenLoop(turn["rate"], turn["seconds"])

        async def one(due: float) -> None:
            loop.began(due)
            await call(1000)
            loop.took(due)

        async with _Group() as group:
            for place in itertools.count():
                if (due := loop.due(place)) is None:
                    break
                wait = due - time.perf_counter()
                # What is due already is started at once, and still measured from when it was due.
                if wait > 0:
                    await asyncio.sleep(wait)
                group.start(one(due))
        return loop.result()


class _Group:
    """asyncio.TaskGroup, which Python 3.10 has not."""

    async def __aenter__(self) -> "_Group":
        self._tasks: set[asyncio.Task] = set()
        self._failures: list[BaseException] = []
        return self

    def start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if task.exception() is not None:
            self._failures.append(task.exception())

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._failures:
            raise self._failures[0]


if __name__ == "__main__":
    main()
