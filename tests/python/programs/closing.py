"""Gives up a call of which nothing has left, while something else already waits for it to close the client."""

import asyncio
import json
import sys
import threading

import paywelcome

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])


def say(*what):
    print(json.dumps(what), flush=True)


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
