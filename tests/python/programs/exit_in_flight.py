"""Ends with calls in flight, in one of the ways in which programs end."""

import asyncio
import json
import os
import sys
import threading

import paywelcome

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
CALLS = 3


def told(settled):
    os.write(1, (json.dumps([settled.operation, settled.tid, settled.outcome]) + "\n").encode())


client = paywelcome.Client(**settings, on_settled=told)
async_client = paywelcome.AsyncClient(**settings, on_settled=told)


def call():
    try:
        client.cancel(**arguments)
    except paywelcome.OutcomeUnknownError:
        pass


def start_threads(daemon):
    for _ in range(CALLS):
        threading.Thread(target=call, daemon=daemon).start()
    sys.stdin.readline()


async def start_tasks():
    tasks = [asyncio.ensure_future(async_client.cancel(**arguments)) for _ in range(CALLS)]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    return tasks


async def cancelled():
    for task in await start_tasks():
        task.cancel()


if how in ("threads", "daemons"):
    start_threads(daemon=how == "daemons")
if how == "loop":
    loop = asyncio.new_event_loop()
    tasks = loop.run_until_complete(start_tasks())
    for task in tasks:
        task._log_destroy_pending = False
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
if how == "cancelled":
    asyncio.run(cancelled())
if how == "sys.exit":
    start_threads(daemon=True)
    sys.exit(3)
if how == "os._exit":
    start_threads(daemon=False)
    os._exit(4)
if how == "exception":
    start_threads(daemon=True)
    raise KeyError("unhandled")
