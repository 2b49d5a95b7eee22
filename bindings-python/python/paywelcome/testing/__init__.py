"""A sandbox gateway for tests: a real HTTP server on this machine that keeps a ledger and moves no money.

with Sandbox() as gateway:
    tid = gateway.approve(price=12000, pay_type="card")
    gateway.client().cancel(pay_type="card", tid=tid, price=12000)
    assert gateway.payment(tid).remaining == 0

Under pytest the fixture ``paywelcome_sandbox`` is such a gateway, with nothing to import or to configure.
"""

from .commands import CommandError, InvalidArgumentError, NotFoundError, UnavailableError
from .faults import Fault, FaultKind, When
from .merchants import Merchant
from .records import Cancel, Clock, Explanation, FaultMet, Payment, Rehearsal, Request, Rules, Transcript
from .sandbox import Sandbox

__all__ = [
    "Cancel",
    "Clock",
    "CommandError",
    "Explanation",
    "Fault",
    "FaultKind",
    "FaultMet",
    "InvalidArgumentError",
    "Merchant",
    "NotFoundError",
    "Payment",
    "Rehearsal",
    "Request",
    "Rules",
    "Sandbox",
    "Transcript",
    "UnavailableError",
    "When",
]
