"""What the real drivers have is what the stores take; every mistake is marked with the error that is expected."""

from __future__ import annotations

import sqlite3

import aiosqlite
import asyncpg
import psycopg
import pymysql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session

from paywelcome.refunds import AsyncSQLiteStore, AsyncStore, SQLiteStore, Store
from paywelcome.refunds.asyncpg import AsyncpgStore
from paywelcome.refunds.django import DjangoStore
from paywelcome.refunds.psycopg import AsyncPsycopgStore, PsycopgStore
from paywelcome.refunds.pymysql import PyMySQLStore
from paywelcome.refunds.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore


def connect() -> psycopg.Connection:
    return psycopg.connect("")


async def connect_async() -> psycopg.AsyncConnection[DictRow]:
    return await psycopg.AsyncConnection.connect("", row_factory=dict_row)


def threads(
    connection: psycopg.Connection[DictRow],
    pool: ConnectionPool,
    lite: sqlite3.Connection,
    mysql: pymysql.Connection[pymysql.cursors.DictCursor],
    engine: Engine,
    alchemy: Connection,
    session: Session,
    scoped: scoped_session[Session],
) -> list[Store]:
    return [
        SQLiteStore("refunds.db"),
        SQLiteStore(lite),
        PsycopgStore("postgresql://"),
        PsycopgStore(connect),
        PsycopgStore(pool),
        PsycopgStore(connection),
        PyMySQLStore(lambda: mysql),
        PyMySQLStore(mysql),
        SQLAlchemyStore(engine),
        SQLAlchemyStore(alchemy),
        SQLAlchemyStore(session),
        SQLAlchemyStore(scoped),
        DjangoStore("default"),
    ]


def tasks(
    connection: psycopg.AsyncConnection[DictRow],
    pool: AsyncConnectionPool,
    lite: aiosqlite.Connection,
    pg: asyncpg.Connection[asyncpg.Record],
    pg_pool: asyncpg.Pool[asyncpg.Record],
    engine: AsyncEngine,
    alchemy: AsyncConnection,
    session: AsyncSession,
    scoped: async_scoped_session[AsyncSession],
) -> list[AsyncStore]:
    return [
        AsyncSQLiteStore("refunds.db"),
        AsyncSQLiteStore(lite),
        AsyncPsycopgStore("postgresql://"),
        AsyncPsycopgStore(connect_async),
        AsyncPsycopgStore(pool),
        AsyncPsycopgStore(connection),
        AsyncpgStore(pg),
        AsyncpgStore(pg_pool),
        AsyncSQLAlchemyStore(engine),
        AsyncSQLAlchemyStore(alchemy),
        AsyncSQLAlchemyStore(session),
        AsyncSQLAlchemyStore(scoped),
    ]


def mistakes(
    connection: psycopg.Connection, waiting: psycopg.AsyncConnection, engine: AsyncEngine, session: Session
) -> None:
    PsycopgStore(waiting)  # type: ignore[arg-type]
    AsyncPsycopgStore(connection)  # type: ignore[arg-type]
    AsyncPsycopgStore(connect)  # type: ignore[arg-type]
    PsycopgStore(17)  # type: ignore[arg-type]
    PyMySQLStore("mysql://")  # type: ignore[arg-type]
    AsyncpgStore("postgresql://")  # type: ignore[arg-type]
    SQLAlchemyStore("sqlite://")  # type: ignore[arg-type]
    SQLAlchemyStore(engine)  # type: ignore[arg-type]
    AsyncSQLAlchemyStore(session)  # type: ignore[arg-type]
    SQLiteStore(None)  # type: ignore[arg-type]
    store: Store = AsyncSQLiteStore("refunds.db")  # type: ignore[assignment]
    waits: AsyncStore = SQLiteStore("refunds.db")  # type: ignore[assignment]
    del store, waits
