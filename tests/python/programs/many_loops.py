"""Uses fifty event loops one after the other, and prints how many descriptors are open after the fifth and the last."""

import asyncio
import json
import os
import sys

import paywelcome

client = paywelcome.AsyncClient(**json.loads(sys.argv[1]))
arguments = json.loads(sys.argv[2])
counts = []
for _ in range(50):
    asyncio.run(client.cancel(**arguments))
    counts.append(len(os.listdir("/proc/self/fd")))
print(json.dumps([counts[4], counts[-1]]))
