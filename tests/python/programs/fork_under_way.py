"""Forks while a call is under way of which nothing can have left; prints what the child says of it, and the parent."""

import asyncio
import json
import logging
import multiprocessing
import os
import select
import signal
import sys
import threading

import paywelcome
from paywelcome import _native
from paywelcome._base_client import exits

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
PARENT = os.getpid()


def say(*what):
    os.write(1, (json.dumps([*what]) + "\n").encode())


def who():
    return "parent" if os.getpid() == PARENT else "child"


def told(settled):
    say(who(), "told", settled.outcome)


class Done(Exception):
    """What a child unwinds with to the program's own end."""


client = paywelcome.Client(**settings, on_settled=told)
async_client = paywelcome.AsyncClient(**settings, on_settled=told)
logging.getLogger("paywelcome").addHandler(logging.NullHandler())


def wait_for(pid):
    descriptor = os.pidfd_open(pid)
    if not select.select([descriptor], [], [], 10)[0]:
        os.kill(pid, signal.SIGKILL)
        say("the child hangs")
    os.waitpid(pid, 0)


def fork():
    """Forks, and gives true in the child once, after which the parent has seen its end."""
    pid = os.fork()
    if pid != 0:
        wait_for(pid)
    return pid == 0


def call():
    try:
        client.cancel(**arguments)
    except BaseException as reason:
        say(who(), type(reason).__name__, reason.outcome)
        if isinstance(reason, paywelcome.PaywelcomeError) or who() == "child":
            return
        raise


async def async_call():
    try:
        await async_client.cancel(**arguments)
    except BaseException as reason:
        say(who(), type(reason).__name__, reason.outcome)
        if (who(), how) == ("child", "uvloop"):
            # The copy of uvloop's loop never ends.
            os._exit(0)
        if not isinstance(reason, paywelcome.PaywelcomeError):
            raise


async def in_a_loop():
    task = asyncio.ensure_future(async_call())
    told_to_go_on = asyncio.Event()
    # No thread of an executor, for which the child would wait when it ends its copy of the loop.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), told_to_go_on.set)
    await told_to_go_on.wait()
    asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    if fork():
        raise Done
    await task


def closes():
    say("child", "closed", client.close(), asyncio.run(async_client.aclose()))


if how in ("asyncio", "uvloop"):
    run = asyncio.run
    if how == "uvloop":
        import uvloop

        run = uvloop.run
    try:
        run(in_a_loop())
    except Done:
        sys.exit()

if how in ("handler", "handler that returns"):

    def handler(_signal, _frame):
        if fork() and how == "handler":
            raise Done

    signal.signal(signal.SIGALRM, handler)
    say("ready")
    call()

if how in ("closes", "ends", "multiprocessing", "another thread"):
    threading.Thread(target=call, daemon=True).start()
    sys.stdin.readline()
    if how == "multiprocessing":
        process = multiprocessing.get_context("fork").Process(target=closes)
        process.start()
        process.join(10)
        sys.exit()
    if how == "another thread":
        thread = threading.Thread(target=lambda: fork() and (closes(), os._exit(0)))
        thread.start()
        thread.join()
        sys.exit()
    if fork() and how == "closes":
        closes()

if how == "unstarted":
    made = _native.Call(client._calls)
    if fork():
        try:
            try:
                client._core.start_cancel(made, None, (*arguments.values(), "WON", None, None, None, None))
            finally:
                exits.latest = (made, arguments["tid"], None, False)
        except paywelcome.OutcomeUnknownError as error:
            say("child", "start", error.outcome)
        try:
            try:
                raise Done
            finally:
                exits.latest = (made, arguments["tid"], None, False)
        except Done as reason:
            say("child", "given up", reason.outcome, reason.tid)
