"""Gives up a call while something else waits for it to close the client, or gives up the closing itself."""

import asyncio
import json
import os
import signal
import sys
import threading

import paywelcome

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])


# What was started in the background of a shell ignores Ctrl-C otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)


def say(*what):
    # In one piece, since threads say things at the same time.
    os.write(1, (json.dumps(what) + "\n").encode())


async def main():
    client = paywelcome.AsyncClient(**settings)
    call = asyncio.create_task(client.cancel(**arguments))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])
    say("given up")
    await closing
    say("closed")


if how == "asyncio":
    asyncio.run(main())
elif how == "interrupted":
    client = paywelcome.Client(**settings)
    call = threading.Thread(target=lambda: say("price", client.cancel(**arguments).price))
    call.start()
    sys.stdin.readline()
    say("closing")
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        client.close()
    except KeyboardInterrupt:
        say("KeyboardInterrupt", [[call.operation, call.tid, call.outcome] for call in client.close(timeout=0)])
else:
    client = paywelcome.Client(**settings)

    def close():
        sys.stdin.readline()
        client.close()
        say("closed")

    threading.Thread(target=close).start()
    say("ready")
    try:
        client.cancel(**arguments)
    except KeyboardInterrupt as reason:
        say("given up", reason.outcome)
