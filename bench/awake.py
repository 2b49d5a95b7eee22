"""Keeps a processor from sleeping: `awake.py PROCESSOR` spins at the lowest priority, as long as its parent lives."""

import os
import sys

os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
parent = os.getppid()
print(flush=True)
while os.getppid() == parent:
    for _ in range(100_000):
        pass
