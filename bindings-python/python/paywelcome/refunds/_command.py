"""Does what the command ``refunds`` asks for; what is said of it is the same in every language."""

# The client's and the refunds' native halves are the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from paywelcome import _native
from paywelcome.client import Client
from paywelcome.errors import PaywelcomeError

from . import _opened
from .carrying import carry
from .errors import RefundsError
from .refunds import Refunds
from .store import Store
from .times import milliseconds


def run(program: str, arguments: list[str]) -> int:
    """Runs what follows ``refunds`` on the command line, and gives the exit code."""
    # Until something may be sent, Ctrl-C ends the program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    text, code = _native.refunds_prepare(program, arguments)
    if text is None:
        return code
    command = json.loads(text)
    for name in command["forget"]:
        os.environ.pop(name, None)
    began = False
    try:
        with Client(**command["client"]) as client, _opened.store(command["store"]) as store:
            refunds = Refunds(client, store, **command["policy"])
            if command["verb"] != "init":
                carry(store, refunds._start("check"))
            if command["asks"]:
                said = _native.refunds_confirm(text, json.dumps(_looked(refunds, store, command["looks"])))
                if said is not None:
                    return said
            began = True
            gives = _done(refunds, command)
            result = {"action": gives, **_looked(refunds, store, command["looks"])}
    except Exception as error:
        result = {"error": {**_told(error), "began": began}}
    return _native.refunds_finish(text, json.dumps(result))


def _done(refunds: Refunds, command: Mapping[str, Any]) -> object:
    """Does what is to be done; of a run it gives how many were processed, after a restore how many are doubted."""
    if command["action"] is None:
        return None
    name, arguments = command["action"]["name"], command["action"]["arguments"]
    stop = threading.Event()
    if command["waiting"] is not None:
        said = command["waiting"].encode()

        def wait(number: int, frame: object) -> None:
            stop.set()
            # Not through a stream, which the handler may have interrupted.
            os.write(2, said)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, wait)
    if name == "run":
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
        logging.getLogger("paywelcome").setLevel(logging.INFO)
        return refunds.run(**arguments, stop=stop)
    if name == "restored":
        return refunds.restored(datetime.fromtimestamp(arguments["since"] / 1000, timezone.utc))
    getattr(refunds, name)(**arguments)
    return None


def _looked(refunds: Refunds, store: Store, looks: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Looks at what is stored now, in the words of the ledger."""
    found = {name: carry(store, refunds._start(verb, **given)).needed for name, (verb, given) in looks.items()}
    return {"looks": {name: json.loads(str(told)) for name, told in found.items()}}


def _told(error: Exception) -> dict[str, object]:
    if isinstance(error, _opened.Missing):
        return {"kind": "driver", "message": str(error)}
    if isinstance(error, RefundsError):
        until = None if error.until is None else milliseconds(error.until)
        return {"kind": error.kind, "message": str(error), "until": until}
    if isinstance(error, PaywelcomeError):
        errors = [{"field": wrong.field, "message": wrong.message} for wrong in error.errors]
        return {"kind": error.kind, "message": str(error), "errors": errors}
    return {"message": f"{type(error).__name__}: {error}"}
