"""The memory of a process that cancels many payments: after the import, and after each tenth of the calls."""

import json
import sys

import paywelcome


def resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


url, mid, sign_key, count = sys.argv[1:]
seen = [resident()]
client = paywelcome.Client(mid=mid, sign_key=sign_key, base_url=url)
for _ in range(10):
    for _ in range(int(count) // 10):
        client.cancel(pay_type="card", tid="WPSBX_CARDwelcometst20260101120000000001", price=1000)
    seen.append(resident())
print(json.dumps(seen))
