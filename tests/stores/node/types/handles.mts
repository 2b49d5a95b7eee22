// What a merchant's compiler holds of the stores. This is compiled, never run.

import Database from 'better-sqlite3'
import pg from 'pg'

import { pgStore, type Query, type Rows, sqliteStore, type Store, type SyncStore } from '../../../../bindings-node/dist/refunds.mjs'
import { checkStore } from '../../../../bindings-node/dist/testing.mjs'

/** Holds where the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

const pool = new pg.Pool()
pgStore(pool) satisfies Store
pgStore(new pg.Client()) satisfies Store
pgStore(await pool.connect()) satisfies Store

const db = new Database('refunds.db')
const sqlite = sqliteStore(db)
holds<Same<typeof sqlite, SyncStore>>()
sqlite.query(['SELECT 1'], []) satisfies Rows
sqlite.transaction((query) => query(['SELECT 1'], []).length) satisfies number
sqlite satisfies Store

// @ts-expect-error: a pool's options are no pool
pgStore({ connectionString: 'postgresql://localhost' })
// @ts-expect-error: a file's name is no handle
sqliteStore('refunds.db')
// @ts-expect-error: a number is no text
sqlite.query(['SELECT ', ''], [1])

/** A merchant's own store, as the documentation has it. */
const own = (query: Query): Store => ({
  dialect: 'postgres',
  query,
  transaction: (work) => work(query),
  inTransaction: () => false,
})
await checkStore(() => own(() => []), { caller: (work) => work(own(async () => [['a', null]])) })
// @ts-expect-error: rows hold texts
own(() => [[1]])
