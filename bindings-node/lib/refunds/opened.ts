// The store that a command line names, through the driver that is installed.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { type MysqlPool, mysqlStore } from './mysql.js'
import { type PgPool, pgStore } from './pg.js'
import { type SqliteHandle, sqliteStore } from './sqlite.js'
import type { Store } from './store.js'

/** A store as the native half names it. */
export type StoreNamed =
  | { dialect: 'sqlite'; file: string }
  | { dialect: 'postgres'; url: string }
  | ({ dialect: 'mysql'; tls: { verified: boolean; ca: string | null } | null } & MysqlAddress)

interface MysqlAddress {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** A driver is not installed; the message says which one to install. */
export class MissingDriver extends Error {}

/** A store, and what closes its connections. */
export interface Opened {
  store: Store
  close(): unknown
}

/** Opens what a command line names. */
export async function opened(named: StoreNamed): Promise<Opened> {
  switch (named.dialect) {
    case 'sqlite':
      return sqlite(named.file)
    case 'postgres':
      return postgres(named.url)
    case 'mysql':
      return mysql(named)
  }
}

type SqliteFile = SqliteHandle & { close(): void }
type Opens<T> = new (file: string) => T

function sqlite(file: string): Opened {
  const own = builtin() as { DatabaseSync: Opens<SqliteFile> } | undefined
  const Database =
    own?.DatabaseSync ??
    (driver('better-sqlite3', 'SQLite needs Node.js 22.13 or later, or better-sqlite3') as Opens<SqliteFile>)
  const handle = new Database(file)
  return { store: sqliteStore(handle), close: () => handle.close() }
}

/** `node:sqlite`, without the warning that it is new. */
function builtin(): unknown {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule?.('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

function postgres(url: string): Opened {
  const { Pool } = driver('pg', 'PostgreSQL needs pg') as { Pool: new (settings: object) => PgPool & Ends }
  const pool = new Pool({ connectionString: url })
  // An idle connection that the server ends is replaced; without a listener it would end the process.
  pool.on('error', () => {})
  return { store: pgStore(pool), close: () => pool.end() }
}

interface Ends {
  on(event: 'error', listener: () => void): unknown
  end(): Promise<void>
}

interface MysqlOpens {
  on(event: 'connection', listener: (connection: { query(text: string, done: () => void): unknown }) => void): unknown
  end(): Promise<void>
}

function mysql({ dialect, tls, ...address }: StoreNamed & { dialect: 'mysql' }): Opened {
  const { createPool } = driver('mysql2/promise', 'MySQL needs mysql2') as {
    createPool(settings: object): MysqlPool & MysqlOpens
  }
  const ssl = tls && { rejectUnauthorized: tls.verified, verifyIdentity: tls.verified, ...(tls.ca !== null && { ca: readFileSync(tls.ca) }) }
  const pool = createPool({ ...address, ...(ssl && { ssl }) })
  // A server may have it off for everybody.
  pool.on('connection', (connection) => connection.query('SET autocommit = 1', () => {}))
  return { store: mysqlStore(pool), close: () => pool.end() }
}

/** Loads a driver of the program in whose folder the command was called. */
function driver(name: string, needs: string): unknown {
  try {
    return createRequire(join(process.cwd(), 'package.json'))(name)
  } catch (error) {
    const [missing] = name.split('/')
    throw new MissingDriver(`${needs}, which can't be loaded from here: npm install ${missing}`, { cause: error })
  }
}
