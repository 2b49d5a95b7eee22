"""What a merchant writes around any HTTP client: the form, its signature, and the look at the answer."""

import hashlib
from datetime import datetime, timedelta, timezone

KST = timezone(timedelta(hours=9))
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Accept": "application/json"}
TID = "WPSBX_CARDwelcometst20260101120000000001"


class Merchant:
    """One merchant's settings; the key is hashed once."""

    def __init__(self, setting: dict, scheme: str) -> None:
        self.mid = setting["mid"]
        self.mkey = hashlib.sha256(setting["sign_key"].encode()).hexdigest()
        self.url = setting[scheme] + "/cancel/cancel"
        self.secure = scheme == "https"
        self.ca = setting["ca"]
        self.in_flight = setting["most"]

    def form(self, tid: str, price: int) -> dict[str, str]:
        timestamp = datetime.now(KST).strftime("%Y%m%d%H%M%S")
        plaintext = f"mid={self.mid}&mkey={self.mkey}&timestamp={timestamp}"
        return {
            "payType": "card",
            "mid": self.mid,
            "tid": tid,
            "price": str(price),
            "currency": "WON",
            "timestamp": timestamp,
            "signature": hashlib.sha256(plaintext.encode()).hexdigest(),
        }


def checked(answer: dict) -> dict:
    """Returns the answer if it says that the payment was cancelled."""
    if answer.get("ResultCode") != "00":
        raise RuntimeError(f"declined: {answer.get('ResultCode')} {answer.get('ResultMsg')}")
    return answer


def key_of(place: int) -> str:
    """The name of a refund."""
    return f"refund-{place}"


def tid_of(place: int) -> str:
    """A payment of its own for each."""
    return f"WPSBX_CARDwelcometst20260101{place:012d}"
