"""A process that starts, cancels one payment over HTTPS, and ends: with paywelcome."""

import sys

import paywelcome

url, ca, mid, sign_key = sys.argv[1:]
client = paywelcome.Client(mid=mid, sign_key=sign_key, base_url=url, ca_bundle=ca)
receipt = client.cancel(pay_type="card", tid="WPSBX_CARDwelcometst20260101120000000001", price=1000)
assert receipt.result_code == "00"
