"""Closes an event loop with calls in flight, and continues; nothing may be printed but what it prints itself."""

import asyncio
import json
import sys

import paywelcome

settings, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])
client = paywelcome.AsyncClient(**settings)


def say(*what):
    print(json.dumps(what), flush=True)


def start_and_leave(loop):
    """Starts calls, and leaves them when the test says that their requests have arrived."""
    tasks = [loop.create_task(client.cancel(**arguments)) for _ in range(5)]
    say("started")
    loop.run_until_complete(loop.run_in_executor(None, sys.stdin.readline))
    return tasks


loop = asyncio.new_event_loop()
tasks = start_and_leave(loop)
loop.run_until_complete(loop.shutdown_default_executor())
loop.close()
# What asyncio itself says of tasks that are destroyed while they wait is its own, and not what is looked for.
loop.set_exception_handler(lambda *_: None)
for task in tasks:
    task._log_destroy_pending = False
say("closed")
sys.stdin.readline()


async def again():
    return await asyncio.gather(*(client.cancel(**arguments) for _ in range(5)))


say("again", [receipt.price for receipt in asyncio.run(again())])
