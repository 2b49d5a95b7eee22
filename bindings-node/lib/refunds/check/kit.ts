// What the cases are made of: two stores on one database, a table, and words for a failure.

import { inspect } from 'node:util'

import { isPromise } from '../promised.js'
import type { Dialect, Query, Rows, Store } from '../store.js'
import { ask, type Steps, take } from '../steps.js'

/** The cases' own table. */
export const TABLE = 'paywelcome_contract_check'

/** A statement that every database refuses. */
export const WRONG = [`SELECT nothing_of_the_kind FROM ${TABLE}`]

/** One promise of a store's, and what shows that it is kept. */
export interface Case {
  readonly promise: string
  run(kit: Kit): Steps
}

/** Opens a transaction of a caller's, gives a store within it, and ends it when the work ends. */
export type Caller = (work: (store: Store) => unknown) => unknown

type Row = (string | null)[]

// The types that values and columns are cast to.
const TEXT = { sqlite: 'text', postgres: 'text', mysql: 'char' }
const INTEGER = { sqlite: 'integer', postgres: 'bigint', mysql: 'signed' }
const NOTE = { sqlite: 'text', postgres: 'text', mysql: 'longtext' }
const END = { sqlite: '', postgres: '', mysql: ' ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' }

/** A promise that is not kept. */
export class Broken extends Error {}

/** Ends a transaction so that nothing of it is kept. */
export class Undo extends Error {}

export class Kit {
  readonly dialect: Dialect

  constructor(
    readonly first: Store,
    readonly second: Store,
    private readonly caller: Caller | undefined,
  ) {
    this.dialect = first.dialect
    if (!(this.dialect in TEXT)) throw new Broken(`dialect must be 'sqlite', 'postgres' or 'mysql', not ${inspect(this.dialect)}`)
  }

  /** Runs a case with an empty table, which is dropped at the end. */
  *with(run: (kit: Kit) => Steps): Steps {
    const drop = [`DROP TABLE IF EXISTS ${TABLE}`]
    yield* ask(this.first.query(drop, []))
    const columns = `id varchar(64) PRIMARY KEY, n bigint NOT NULL, note ${NOTE[this.dialect]}`
    yield* ask(this.first.query([`CREATE TABLE ${TABLE} (${columns})${END[this.dialect]}`], []))
    try {
      yield* run(this)
    } finally {
      yield* ask(this.first.query(drop, []))
    }
  }

  /** The SQL that casts to text. */
  text(what: string): string {
    return `CAST(${what}${this.asText}`
  }

  /** Its end, which follows a value. */
  get asText(): string {
    return ` AS ${TEXT[this.dialect]})`
  }

  /** The pieces of a SELECT of so many values. */
  values(count: number): string[] {
    const ends = Array.from({ length: count }, (_, at) => `${this.asText} AS c${at}${at < count - 1 ? ', CAST(' : ''}`)
    return ['SELECT CAST(', ...ends]
  }

  /** Runs work of several statements as one transaction of the store's. */
  *together<T>(store: Store, work: (query: Query) => Steps<T>): Steps<T> {
    return yield* ask(store.transaction((query) => take(work(query))))
  }

  /** Runs work within a transaction of a caller's. */
  *called(work: (store: Store) => Steps): Steps {
    if (this.caller === undefined) throw new TypeError('this case is about a caller’s transaction: pass `caller`')
    yield* ask(this.caller((store) => take(work(store))))
  }

  /** Inserts a row. */
  *insert(query: Query, name: string, note: string | null = null, n = '0'): Steps<Rows> {
    const into = `INSERT INTO ${TABLE} (id, n, note) VALUES (CAST(`
    const pieces = [into, `${this.asText}, CAST(`, ` AS ${INTEGER[this.dialect]}), CAST(`, `${this.asText})`]
    return yield* ask(query(pieces, [name, n, note]))
  }

  /** Changes a row by SQL of the case's own. */
  *update(query: Query, name: string, change: string, where = ''): Steps<Rows> {
    const pieces = [`UPDATE ${TABLE} SET ${change} WHERE id = CAST(`, `${this.asText}${where}`]
    return yield* ask(query(pieces, [name]))
  }

  /** A row's number and note, if there is one. */
  *read(query: Query, name: string): Steps<Row | undefined> {
    const pieces = [`SELECT ${this.text('n')} AS n, note FROM ${TABLE} WHERE id = CAST(`, this.asText]
    return (yield* this.rows(query, pieces, [name]))[0]
  }

  /** The names of all rows, in order. */
  *names(query: Query): Steps<(string | null | undefined)[]> {
    return (yield* this.rows(query, [`SELECT ${this.text('id')} AS id FROM ${TABLE} ORDER BY id`])).map(([name]) => name)
  }

  /** What a statement gives: rows of texts and nulls. */
  *rows(query: Query, pieces: readonly string[], values: readonly (string | null)[] = []): Steps<Row[]> {
    const rows = listed(yield* ask(query(pieces, values)))
    const wrong = rows.flat().filter((column) => column !== null && typeof column !== 'string')
    expect(wrong, [], 'columns that are neither text nor null')
    return rows
  }

  /** That the work fails, and with what. */
  *failure(work: Steps<unknown>, what: string): Steps<unknown> {
    try {
      yield* work
    } catch (error) {
      if (error instanceof Broken) throw error
      return error
    }
    throw new Broken(`${what} did not fail`)
  }

  /** Begins them all, and then waits for all: one after the other only where nothing waits. */
  *atOnce(works: readonly (() => Steps<unknown>)[]): Steps {
    const begun = works.map((work) => take(work()))
    if (!begun.some(isPromise)) return
    const ends = yield* ask(Promise.allSettled(begun))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}

/** Rows as arrays, whichever way the store gives them. */
export function listed(rows: Rows): Row[] {
  if (!Array.isArray(rows)) throw new Broken(`rows must be an array, not ${shown(rows)}`)
  return Array.from(rows as Rows, (row) => Object.values(row))
}

/** Ends the case where something is not as it must be. */
export function expect(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Broken(`${what}: expected ${shown(wanted)}, got ${shown(found)}`)
}

function shown(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity, maxStringLength: 100, maxArrayLength: 30 })
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
