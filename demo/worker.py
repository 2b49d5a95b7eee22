"""A worker of the demo: processes the refunds in a database until it is killed, or until nothing is due."""

import sys

from paywelcome import Client
from paywelcome.refunds import Refunds, SQLiteStore

with Client(timeout=2) as client:
    Refunds(client, SQLiteStore(sys.argv[1]), quiet=0).run(concurrency=4, until_idle="--until-idle" in sys.argv)
