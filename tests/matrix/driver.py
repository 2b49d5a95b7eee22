"""Makes the calls of the matrix in Python: one JSON line in for each, one out. The argument is the face."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import paywelcome

Line = dict[str, Any]


def answer(line: Line) -> None:
    # One write a line, so that no two get mixed.
    os.write(1, (json.dumps(line) + "\n").encode())


def receipt_of(receipt: Any) -> Line:
    return {
        "outcome": "done",
        "cls": type(receipt).__name__,
        "tid": receipt.tid,
        "price": receipt.price,
        "remaining_price": getattr(receipt, "remaining_price", None),
        "result_code": receipt.result_code,
    }


def error_of(error: BaseException) -> Line:
    names = ("outcome", "kind", "safe_to_resend", "operation", "tid", "attempts", "http_status", "result_code")
    told = {name: getattr(error, name, None) for name in names}
    return {**told, "outcome": told["outcome"] or repr(error), "cls": type(error).__name__}


def opener(kind: Callable[..., Any]) -> Callable[[Line], Any]:
    """Returns what makes and keeps the clients."""
    clients: dict[str, Any] = {}

    def client_of(line: Line) -> Any:
        name = line["client"]
        if name not in clients:
            clients[name] = kind(on_settled=lambda settled: tell(name, settled), **line["settings"])
        return clients.pop(name) if line.get("last") else clients[name]

    return client_of


def tell(client: str, settled: paywelcome.Settled) -> None:
    told = receipt_of(settled.receipt) if settled.error is None else error_of(settled.error)
    agrees = told["outcome"] == settled.outcome and told["operation" if settled.error else "tid"] in (
        settled.operation,
        settled.tid,
    )
    answer({"settled": settled.tid, "client": client, "seen": told, "agrees": agrees})


def in_child(line: Line, client: Any, call: Callable[[Line, Any], Line]) -> None:
    """Forks, and lets the child make the call with the client that it inherits."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        told: Line = {"outcome": "the child failed", "cls": ""}
        try:
            told = call(line, client)
        except BaseException as error:
            told = error_of(error)
        finally:
            try:
                os.write(write, json.dumps(told).encode())
            finally:
                # Also where the parent was killed: nothing of it may continue here.
                os._exit(0)
    os.close(write)

    def wait() -> None:
        with os.fdopen(read, "rb") as pipe:
            told = pipe.read()
        os.waitpid(pid, 0)
        answer({"n": line["n"], "seen": json.loads(told)})

    threading.Thread(target=wait).start()


def lines() -> Any:
    return map(json.loads, sys.stdin)


def serve_threads() -> None:
    client_of = opener(paywelcome.Client)

    def call(line: Line, client: Any) -> Line:
        try:
            return receipt_of(getattr(client, line["operation"])(**line["arguments"]))
        except Exception as error:
            return error_of(error)

    with ThreadPoolExecutor(128) as pool:
        for line in lines():
            client = client_of(line)
            if line.get("fork"):
                in_child(line, client, call)
            else:
                pool.submit(lambda line=line, client=client: answer({"n": line["n"], "seen": call(line, client)}))


def serve_loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    client_of = opener(paywelcome.AsyncClient)
    tasks: set[asyncio.Task[None]] = set()

    async def make(line: Line, client: Any) -> Line:
        try:
            return receipt_of(await getattr(client, line["operation"])(**line["arguments"]))
        except (Exception, asyncio.CancelledError) as error:
            return error_of(error)

    async def call(line: Line) -> None:
        task = asyncio.current_task()
        if (give_up := line.get("give_up_ms")) is not None and task is not None:
            # From within: a task that is cancelled before its first step has nothing to tell.
            asyncio.get_running_loop().call_later(give_up / 1000, task.cancel)
        answer({"n": line["n"], "seen": await make(line, client_of(line))})

    def call_in_child(line: Line, client: Any) -> Line:
        # A loop does not survive a fork, the client does.
        return new_loop().run_until_complete(make(line, client))

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()

        def begin(line: Line) -> None:
            if line.get("fork"):
                in_child(line, client_of(line), call_in_child)
                return
            task = loop.create_task(call(line))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        def read() -> None:
            for line in lines():
                loop.call_soon_threadsafe(begin, line)
            loop.call_soon_threadsafe(over.set)

        threading.Thread(target=read, daemon=True).start()
        await over.wait()

    loop = new_loop()
    loop.run_until_complete(serve())


if __name__ == "__main__":
    # Reports of abandoned calls are on the wire already.
    logging.getLogger("paywelcome").propagate = False
    logging.getLogger("paywelcome").addHandler(logging.NullHandler())
    face = sys.argv[1]
    if face == "sync":
        serve_threads()
    elif face == "asyncio":
        serve_loop(asyncio.new_event_loop)
    else:
        import uvloop

        serve_loop(uvloop.new_event_loop)
