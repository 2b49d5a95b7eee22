"""Refunds that outlive a call: recorded in the merchant's own database before anything is sent.

Not imported by ``import paywelcome``.
"""

from ._rehearsed import RehearsalFile
from .async_refunds import AsyncRefunds
from .async_sqlite import AsyncSQLiteStore
from .counted import Count, Requested
from .errors import RefundsError
from .health import Health, OpenCount, PauseReason
from .journal import JournalEntry
from .progress import BatchState, PauseText, Progress
from .reconciling import Finding, Reconciliation, StatementRow
from .refund import Refund
from .refunds import Refunds
from .requesting import RefundRow
from .review import Review, ReviewText
from .running import Stop
from .sqlite import SQLiteStore
from .store import AsyncQuery, AsyncStore, Dialect, Query, Rows, Store
from .tables import schema
from .words import Evidence, Note, Operation, Ruling, State

__all__ = [
    "AsyncQuery",
    "AsyncRefunds",
    "AsyncSQLiteStore",
    "AsyncStore",
    "BatchState",
    "Count",
    "Dialect",
    "Evidence",
    "Finding",
    "Health",
    "JournalEntry",
    "Note",
    "OpenCount",
    "Operation",
    "PauseReason",
    "PauseText",
    "Progress",
    "Query",
    "Reconciliation",
    "Refund",
    "RefundRow",
    "Refunds",
    "RefundsError",
    "RehearsalFile",
    "Requested",
    "Review",
    "ReviewText",
    "Rows",
    "Ruling",
    "SQLiteStore",
    "State",
    "StatementRow",
    "Stop",
    "Store",
    "schema",
]
