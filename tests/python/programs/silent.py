"""Makes a call that fails, after two attempts, and prints which modules that brought."""

import json
import sys

before = set(sys.modules)

import paywelcome  # noqa: E402

client = paywelcome.Client(mid="welcometst", sign_key="made-up", base_url="http://127.0.0.1:1", connect_retries=1)
try:
    client.cancel(pay_type="card", tid="T1", price=1, reference="R1")
except paywelcome.NotSentError as error:
    assert (error.attempts, error.reference) == (2, "R1")
else:
    sys.exit("nobody was there, and answered")

print(json.dumps(sorted(set(sys.modules) - before)))
