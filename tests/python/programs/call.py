"""Makes one call as its arguments say, in the environment it was started in, and prints what came of it."""

import json
import sys

import paywelcome

how, settings, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
operation = "partial_cancel" if "cancel_price" in arguments else "cancel"
try:
    if how == "module":
        called = getattr(paywelcome, operation)
    elif how == "client":
        called = getattr(paywelcome.Client(**settings), operation)
    else:
        import asyncio

        def called(**arguments):
            return asyncio.run(getattr(paywelcome.AsyncClient(**settings), operation)(**arguments))

    receipt = called(**arguments)
except paywelcome.PaywelcomeError as error:
    print(json.dumps({"class": type(error).__name__, "kind": error.kind, "errors": error.errors}))
else:
    print(json.dumps({"class": type(receipt).__name__, "mid": receipt.mid, "price": receipt.price}))
