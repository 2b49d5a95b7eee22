"""A process that starts, cancels one payment over HTTPS, and ends: with requests."""

import hashlib
import sys
from datetime import datetime, timedelta, timezone

import requests

url, ca, mid, sign_key = sys.argv[1:]
mkey = hashlib.sha256(sign_key.encode()).hexdigest()
timestamp = datetime.now(timezone(timedelta(hours=9))).strftime("%Y%m%d%H%M%S")
form = {
    "payType": "card",
    "mid": mid,
    "tid": "WPSBX_CARDwelcometst20260101120000000001",
    "price": "1000",
    "currency": "WON",
    "timestamp": timestamp,
    "signature": hashlib.sha256(f"mid={mid}&mkey={mkey}&timestamp={timestamp}".encode()).hexdigest(),
}
response = requests.post(url + "/cancel/cancel", data=form, verify=ca, timeout=30)
response.raise_for_status()
assert response.json()["ResultCode"] == "00"
