"""Cancels payments in the processes of a pool, with a client made before or after the start."""

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

import paywelcome

CLIENT = None


def start(settings):
    global CLIENT
    CLIENT = paywelcome.Client(**settings)


def cancel(tid):
    receipt = CLIENT.cancel(pay_type="card", tid=tid, price=900)
    return receipt


def refuse(tid):
    try:
        CLIENT.cancel(pay_type="card", tid=tid, price=901)
    except paywelcome.PaywelcomeError as error:
        raise error from None


if __name__ == "__main__":
    method, kind, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    tids = json.loads(sys.argv[4])
    start(settings)
    first = cancel(tids[0]).tid
    prepared = (None, ()) if method == "fork" else (start, (settings,))
    context = multiprocessing.get_context(method)
    if kind == "executor":
        pool = ProcessPoolExecutor(3, context, *prepared)
        refused = pool.submit(refuse, tids[-1]).result
    else:
        pool = context.Pool(3, *prepared)
        refused = pool.apply_async(refuse, (tids[-1],)).get
    with pool:
        receipts = list(pool.map(cancel, tids[1:-1]))
        try:
            refused()
        except paywelcome.DeclinedError as error:
            declined = error.result_code
    last = cancel(tids[-1]).tid
    print(json.dumps([[first, *(receipt.tid for receipt in receipts), last], declined]))
