"""Runs an engine until standard input ends: `python tests/engines/serve.py postgres` prints one line of JSON about it.

With `name host port user database socket home url pid`, or with `missing`, which says the package to install.
A line on standard input is a number of seconds: the engine crashes, is down for so long, and starts again on the same
port and data. Then its line of JSON comes again.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from engines import mariadb, postgres, rabbitmq, redis
from engines.server import Refused

ENGINES = {"postgres": postgres, "mariadb": mariadb, "redis": redis, "rabbitmq": rabbitmq}
TRIES = 5


def missing(name: str) -> str | None:
    """Says which package to install; None where the engine is there."""
    if ENGINES[name].programs() is not None:
        return None
    return f"NO {name.upper()} WAS TESTED: it is not installed (apt-get install {ENGINES[name].PACKAGE})"


def serve(name: str, durable: bool) -> None:
    if (why := missing(name)) is not None:
        print(json.dumps({"missing": why}))
        return
    engine = ENGINES[name]
    programs = engine.programs()
    for left in reversed(range(TRIES)):
        try:
            with engine.serving(programs, durable) as (server, told):
                print(json.dumps({**told, "pid": server.pid}), flush=True)
                for line in sys.stdin:
                    server.again(float(line))
                    print(json.dumps({**told, "pid": server.pid}), flush=True)
            return
        except Refused:
            # Another program may have taken the port meanwhile.
            if not left:
                raise


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--durable", action="store_true", help="what was committed survives a power cut")
    arguments = parser.parse_args()
    # Ctrl-C reaches the whole group; the end of standard input is what counts.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    serve(arguments.engine, arguments.durable)
