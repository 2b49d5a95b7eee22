"""Makes one call, says how its wait was interrupted, and ends; the interpreter itself waits for what was sent."""

import json
import signal
import sys
import time

import paywelcome

way, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])


def say(*what):
    print(json.dumps(what), flush=True)


def told(settled):
    receipt = settled.receipt and settled.receipt.price
    say("settled", settled.outcome, settled.operation, settled.tid, receipt)


class SoftTimeLimitExceeded(Exception):
    """As Celery raises it from its signal handler."""


def soft_limit(_signal, _frame):
    raise SoftTimeLimitExceeded


# What was started in the background of a shell ignores Ctrl-C otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGALRM, soft_limit)
signal.signal(signal.SIGTERM, soft_limit)
reasons = (KeyboardInterrupt, SoftTimeLimitExceeded)
client_class = paywelcome.Client if way == "sync" else paywelcome.AsyncClient
client = client_class(**settings, on_settled=told)
say("ready")
try:
    if way == "sync":
        client.cancel(**arguments)
    else:
        import asyncio

        async def main():
            try:
                await client.cancel(**arguments)
            except asyncio.CancelledError as reason:
                say("cancelled", reason.outcome)
                raise

        if way == "uvloop":
            import uvloop

            uvloop.run(main())
        else:
            asyncio.run(main())
except reasons as reason:
    say(type(reason).__name__, getattr(reason, "outcome", None), time.monotonic())
