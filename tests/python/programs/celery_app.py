"""A merchant's Celery application, whose client is made and used before the worker forks its pool."""

import json
import os

import celery
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import worker_process_shutdown

import paywelcome


def say(*what):
    # The worker keeps its standard output for its log.
    os.write(1, (json.dumps(what) + "\n").encode())


def told(settled):
    say("settled", settled.outcome, settled.tid)


CLIENT = paywelcome.Client(**json.loads(os.environ["CLIENT"]), on_settled=told)
say("first", CLIENT.cancel(**json.loads(os.environ["FIRST"])).price)
LOADED_BY = os.getpid()

app = celery.Celery("tasks")
app.conf.update(json.loads(os.environ["CELERY"]))


@worker_process_shutdown.connect
def close(**_):
    # As the README advises: the pool's processes end without waiting for anything.
    say("closed", [call.tid for call in CLIENT.close(timeout=10)])


@app.task(name="refund")
def refund(arguments, settings):
    assert os.getpid() != LOADED_BY, "no pool was forked"
    client = paywelcome.Client(**settings, on_settled=told) if settings else CLIENT
    try:
        receipt = client.cancel(**arguments)
    except SoftTimeLimitExceeded as reason:
        say("gave up", reason.outcome)
    else:
        say("done", receipt.tid)
