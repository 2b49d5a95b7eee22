"""Many calls of every outcome: memory, threads, descriptors and Python's objects stay what they were.

The answers come from this process, so that the program's own memory is what is measured. `PAYWELCOME_LEAK_CALLS=100000`
makes as many calls; the limits stay the same, so that smaller leaks are found.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Iterator

import pytest

import child
from merchant import GUARD, settings
from scripted import Request, done, http

CALLS = int(os.environ.get("PAYWELCOME_LEAK_CALLS", "6000"))
ROUNDS = 12
WARM_UP = 4
# What the allocator's moods may add from the end of the warm-up to the last round, whatever the number of calls.
MIB = 2**20
DECLINED = http('{"ResultCode":"01","ResultMsg":"no"}')


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Does to every request what its tid says, and remembers nothing."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            (length,) = Request(head, b"").header("content-length")
            request = Request(head, await reader.readexactly(int(length)))
            match request.field("tid"):
                case "lost":
                    return
                case "declined":
                    writer.write(DECLINED)
                case "given up":
                    await asyncio.sleep(0.02)
                    writer.write(done(request))
                case _:
                    writer.write(done(request))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


@pytest.fixture
def url() -> Iterator[str]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(converse, "127.0.0.1", 0, backlog=512))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def end() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(GUARD)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(GUARD)
    loop.close()


def slope(values: list[int]) -> float:
    """The growth a round, by least squares."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    above = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return above / sum((at - middle) ** 2 for at in range(len(values)))


def test_nothing_grows(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GUARD", GUARD * max(6, CALLS / 500))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        # Nobody else gets the port while it is bound, and nobody listens there once it was.
        refusing = f"http://127.0.0.1:{taken.getsockname()[1]}"
        taken.shutdown(socket.SHUT_RDWR)
        refused = settings(refusing, connect_retries=0)
        env = {"MALLOC_ARENA_MAX": "2"}
        *held, ends = child.run("leaks.py", settings(url), refused, CALLS // ROUNDS, ROUNDS, env=env)
    print(json.dumps({"calls": CALLS, "ends": ends, "first": held[0], "warm": held[WARM_UP], "last": held[-1]}))
    # Every outcome was there, and all calls were counted.
    assert sum(count for kind, count in ends.items() if not kind.startswith("told ")) == CALLS // ROUNDS * ROUNDS
    assert {
        "done",
        "DeclinedError declined",
        "OutcomeUnknownError unknown",
        "NotSentError not_sent",
        "InvalidRequestError not_sent",
        "given up",
        "Interrupted unknown",
        "told done",
    } <= set(ends), ends

    late = held[WARM_UP:]
    grown = slope([each["rss"] for each in late]) * (len(late) - 1)
    print(f"growth of RSS after the warm-up: {grown / 1024:.0f} KiB")
    assert grown < MIB, held
    # A thread that was joined may still be on its way out of the system's list.
    threads = [each["threads"] for each in late]
    assert min(threads) <= held[0]["threads"] and max(threads) <= held[0]["threads"] + 1, held
    assert late[-1]["descriptors"] <= held[0]["descriptors"] + 2, held
    assert abs(late[-1]["objects"] - late[0]["objects"]) <= 50, held
