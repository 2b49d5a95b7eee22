"""Ends while calls are in flight on threads that do not hold it back."""

import json
import sys
import threading

import paywelcome

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
client = paywelcome.Client(**settings)


def call():
    client.cancel(**arguments)


for _ in range(3):
    threading.Thread(target=call, daemon=True).start()
if how == "asyncio":
    import asyncio

    loop = asyncio.new_event_loop()
    tasks = [loop.create_task(paywelcome.AsyncClient(**settings).cancel(**arguments)) for _ in range(3)]
    for task in tasks:
        task._log_destroy_pending = False
    loop.run_until_complete(loop.run_in_executor(None, sys.stdin.readline))
    loop.close()
else:
    sys.stdin.readline()
