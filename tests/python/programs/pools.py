"""Cancels payments in the processes of a multiprocessing pool, with a client made before or after the start."""

import json
import multiprocessing
import sys

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
    method, settings = sys.argv[1], json.loads(sys.argv[2])
    tids = json.loads(sys.argv[3])
    start(settings)
    first = cancel(tids[0]).tid
    prepared = (None, ()) if method == "fork" else (start, (settings,))
    with multiprocessing.get_context(method).Pool(3, *prepared) as pool:
        receipts = pool.map(cancel, tids[1:-1])
        try:
            pool.apply(refuse, (tids[-1],))
        except paywelcome.DeclinedError as error:
            declined = error.result_code
    last = cancel(tids[-1]).tid
    print(json.dumps([[first, *(receipt.tid for receipt in receipts), last], declined]))
