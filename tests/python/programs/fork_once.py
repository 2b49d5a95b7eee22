"""Forks once, in one of several situations, and prints how parent and child fared."""

import asyncio
import json
import os
import select
import signal
import sys
import threading

import paywelcome
from paywelcome._delivery import delivery_to

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
told = []
client = paywelcome.Client(**settings)
async_client = paywelcome.AsyncClient(**settings)


def say(*what):
    os.write(1, (json.dumps(what) + "\n").encode())


def wait_for(pid):
    descriptor = os.pidfd_open(pid)
    ended = select.select([descriptor], [], [], 10)[0]
    if not ended:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    say("child", code)


async def ten():
    receipts = await asyncio.gather(*(async_client.cancel(**arguments) for _ in range(10)))
    return len(receipts)


if how == "asyncio":
    say("parent", asyncio.run(ten()))
    pid = os.fork()
    if pid == 0:
        say("in child", asyncio.run(ten()))
        sys.exit(0)
    wait_for(pid)
    say("parent", asyncio.run(ten()))

if how == "on one loop":
    loop = asyncio.new_event_loop()
    say("parent", loop.run_until_complete(ten()))
    pid = os.fork()
    if pid == 0:
        say("in child", loop.run_until_complete(ten()))
        os._exit(0)
    wait_for(pid)
    say("parent", loop.run_until_complete(ten()))
    loop.close()

if how == "in flight":
    # The child inherits a call that its parent alone will see settled; it must be able to close, call and end.
    thread = threading.Thread(target=lambda: say("thread", client.cancel(**arguments).price))
    thread.start()
    sys.stdin.readline()
    pid = os.fork()
    if pid == 0:
        try:
            client.cancel(**arguments, timeout=0.2)
        except paywelcome.OutcomeUnknownError as error:
            say("in child", error.kind)
        client.close()
        asyncio.run(async_client.aclose())
        sys.exit(0)
    wait_for(pid)
    sys.stdin.readline()
    thread.join(10)

if how == "in a handler":
    # The waiting thread itself is forked: the child's copy waits for an answer that it will never see.
    pids = []

    def fork(_signal, _frame):
        pids.append(os.fork())

    signal.signal(signal.SIGALRM, fork)
    say("ready")
    try:
        price = client.cancel(**arguments).price
    except paywelcome.OutcomeUnknownError as error:
        assert pids == [0]
        say("in child", error.outcome, error.operation, error.tid, error.host, error.mid)
        sys.exit(0)
    assert pids != [0]
    wait_for(pids[0])
    say("parent", price)

if how == "in a loop":
    # The child continues with its parent's loop while an answer arrives there, which is the parent's alone.
    async def fork_in_flight():
        loop = asyncio.get_running_loop()
        call = asyncio.ensure_future(async_client.cancel(**arguments))
        await loop.run_in_executor(None, sys.stdin.readline)
        announced = delivery_to(loop).inbox.fileno()
        pid = os.fork()
        if pid != 0:
            say("forked")
        select.select([announced], [], [], 10)
        if pid == 0:
            for _ in range(3):
                await asyncio.sleep(0)
            os._exit(0)
        wait_for(pid)
        say("parent", (await asyncio.wait_for(call, 10)).price)
        say("parent", (await asyncio.wait_for(async_client.cancel(**arguments), 10)).price)

    asyncio.run(fork_in_flight())
