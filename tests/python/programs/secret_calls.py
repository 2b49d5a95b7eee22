"""Makes clients of a key that it then forgets, makes calls that fail, and prints all that Python has to say of them."""

import asyncio
import faulthandler
import gc
import json
import logging
import os
import sys
import traceback

import paywelcome

# Read past every buffer of Python's, which would keep it.
raw = os.read(0, 4096)
settings = {"sign_key": raw.decode().strip(), **json.loads(sys.argv[1])}
logging.basicConfig(level=logging.NOTSET, stream=sys.stderr)
clients = [paywelcome.Client(**settings), paywelcome.AsyncClient(**settings)]
del raw, settings


def say(*what):
    print(json.dumps(what), flush=True)


def tell(error):
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    print("".join(told.format()), file=sys.stderr, flush=True)
    traceback.print_exception(error)
    faulthandler.dump_traceback(all_threads=True)


def holders(backwards):
    """Returns what objects of Python's hold a text, which is given backwards so that this is none of them."""
    found = []
    for holder in gc.get_objects():
        for text in gc.get_referents(holder):
            if isinstance(text, str) and backwards in text[::-1]:
                found.append(type(holder).__name__)
            if (
                isinstance(text, bytes | bytearray)
                and backwards.encode() in bytes(text).decode("latin-1")[::-1].encode()
            ):
                found.append(type(holder).__name__)
    return found


say("made")
while (line := os.read(0, 65536).decode().strip()) != "forget":
    command = json.loads(line)
    if "backwards" in command:
        say("held by", *holders(command["backwards"]))
        continue
    for arguments in command["calls"]:
        try:
            clients[0].cancel(**arguments)
        except Exception as error:
            tell(error)
        try:
            asyncio.run(clients[1].cancel(**arguments), debug=True)
        except Exception as error:
            tell(error)
    say("called")
del clients
gc.collect()
say("forgotten")
os.read(0, 1)
