"""A merchant's WSGI application, whose client is made and used before the server forks its workers."""

import json
import os

import paywelcome

CLIENT = paywelcome.Client(**json.loads(os.environ["CLIENT"]))
CLIENT.cancel(**json.loads(os.environ["FIRST"]))
LOADED_BY = os.getpid()


def application(environ, start_response):
    """Cancels the payment that the path names; says what became of it, and in which process."""
    try:
        receipt = CLIENT.cancel(pay_type="card", tid=environ["PATH_INFO"][1:], price=700)
        said = {"outcome": "done", "tid": receipt.tid}
    except paywelcome.PaywelcomeError as error:
        said = {"outcome": error.outcome, "tid": error.tid, "text": str(error)}
    body = json.dumps({**said, "pid": os.getpid(), "loaded_by": LOADED_BY}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
