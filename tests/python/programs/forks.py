"""Forks children while threads make calls; every child and every thread must get its own answers.

Takes settings, the price of every payment, and lists of tids: one for each child, then one for each thread.
"""

import json
import os
import select
import signal
import sys
import threading

import paywelcome

settings, price = json.loads(sys.argv[1]), int(sys.argv[2])
children, threads = json.loads(sys.stdin.readline())
client = paywelcome.Client(**settings)


def cancel_all(tids):
    for tid in tids:
        receipt = client.cancel(pay_type="card", tid=tid, price=price, timeout=8)
        assert (receipt.tid, receipt.price) == (tid, price), "another call's answer"


def guarded(tids, failures):
    try:
        cancel_all(tids)
    except BaseException as error:
        failures.append(repr(error))


failures = []
running = [threading.Thread(target=guarded, args=(tids, failures)) for tids in threads]
# The parent's own client is in use before the first fork.
cancel_all([threads[0].pop()])
for thread in running:
    thread.start()
pids = []
for tids in children:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            cancel_all(tids)
            code = 0
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
        os._exit(code)
    pids.append(pid)
codes = []
for pid in pids:
    descriptor = os.pidfd_open(pid)
    if not select.select([descriptor], [], [], 10)[0]:
        os.kill(pid, signal.SIGKILL)
    os.close(descriptor)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
for thread in running:
    thread.join(10)
print(json.dumps([codes, failures, sum(thread.is_alive() for thread in running)]))
