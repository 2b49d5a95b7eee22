"""Cancels card, mobile and bank payments through Welcome Payments (웰컴페이먼츠) PAYAPI.

Full cancel (전체 취소) and partial cancel (부분 취소). Each ends in one of four ways and never in a guess: a receipt
(done), or an error whose ``outcome`` is ``not_sent``, ``declined`` or ``unknown``. Only a request that provably
never left this machine is resent.

This is an unofficial library, not affiliated with or endorsed by Welcome Payments.
"""

import os as _os
import sys as _sys

try:
    from . import _native
except ImportError as _error:
    from ._unloadable import explained as _explained

    raise _explained(_error) from _error

from ._default import cancel, partial_cancel
from .async_client import AsyncClient
from .attempt import Attempt
from .client import Client
from .closing import OpenCall
from .errors import (
    ConfigurationError,
    DeclinedError,
    FieldError,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    PaywelcomeError,
)
from .receipts import CancelReceipt, Mismatch, PartialCancelReceipt
from .settled import Settled, SettledDone, SettledNotDone

__version__ = "0.1.0"

if not _native.claim(id(_sys.modules)):
    raise ImportError("paywelcome is in use by another interpreter of this process, and does not support several")
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_native.forked)

__all__ = [
    "AsyncClient",
    "Attempt",
    "CancelReceipt",
    "Client",
    "ConfigurationError",
    "DeclinedError",
    "FieldError",
    "InvalidRequestError",
    "Mismatch",
    "NotSentError",
    "OpenCall",
    "OutcomeUnknownError",
    "PartialCancelReceipt",
    "PaywelcomeError",
    "Settled",
    "SettledDone",
    "SettledNotDone",
    "__version__",
    "cancel",
    "partial_cancel",
]
