"""Cancels a task on a loop that can't watch descriptors, and ends."""

import asyncio
import json
import sys
import threading

import paywelcome

settings, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])


class Plain(asyncio.SelectorEventLoop):
    def add_reader(self, *_):
        raise NotImplementedError


def say(*what):
    print(json.dumps(what), flush=True)


async def main():
    client = paywelcome.AsyncClient(**settings, on_settled=lambda settled: say("settled", settled.outcome))
    call = asyncio.create_task(client.cancel(**arguments))
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.readline(), loop.call_soon_threadsafe(told.set))).start()
    say("started")
    await told.wait()
    call.cancel()
    try:
        await call
    except asyncio.CancelledError as reason:
        # Python 3.10 gives one who awaits a task a new one, with that in its context.
        say("cancelled", getattr(reason, "outcome", None) or reason.__context__.outcome)


loop = Plain()
loop.run_until_complete(main())
loop.run_until_complete(loop.shutdown_default_executor())
loop.close()
