"""Refunds that outlive a call: written down in the merchant's own database before anything is sent.

Not imported by ``import paywelcome``.
"""

from .async_sqlite import AsyncSQLiteStore
from .sqlite import SQLiteStore
from .store import AsyncQuery, AsyncStore, Dialect, Query, Rows, Store

__all__ = [
    "AsyncQuery",
    "AsyncSQLiteStore",
    "AsyncStore",
    "Dialect",
    "Query",
    "Rows",
    "SQLiteStore",
    "Store",
]
