"""Calls, forks, and calls in the child, where the system says the same number for both processes."""

import json
import os
import sys

import paywelcome

settings, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])


def say(*what):
    os.write(1, (json.dumps([*what]) + "\n").encode())


client = paywelcome.Client(**settings)
parent = os.getpid()
client.cancel(**arguments)
if os.fork() == 0:
    say("child", os.getpid() == parent, client.cancel(**arguments, timeout=5).price)
    os._exit(0)
os.wait()
say("parent", client.cancel(**arguments).price)
