// What the ledger needs of a database: to run a statement, to run several of them together, and to know who commits.

/** The SQL that a store's database understands; MariaDB is `'mysql'`. */
export type Dialect = 'sqlite' | 'postgres' | 'mysql'

/**
 * The rows of a statement, in order: each an object or an array with its columns in the statement's order, which are texts
 * or `null`. Names of columns are not looked at. Empty where a statement gives no rows.
 */
export type Rows = readonly (Readonly<Record<string, string | null>> | readonly (string | null)[])[]

/**
 * Runs one statement and returns its rows; fails with the driver's own error, unchanged.
 *
 * The statement comes in pieces, cut where its values belong: the store puts a placeholder of its driver's between two pieces
 * (`?`, `$1`). There is one value fewer than there are pieces, each a text or `null`. The text of a piece means itself: a
 * store escapes what its driver would read in it.
 */
export type Query = (pieces: readonly string[], values: readonly (string | null)[]) => Rows | Promise<Rows>

/**
 * Carries the ledger's statements to a database. `checkStore` of `paywelcome/testing` tests one.
 *
 * A store takes one of two things. The ledger's own store takes what connections come from: a pool, a client of an ORM, a
 * database file's handle. A caller's store takes the handle of a transaction that the caller has opened, and is given to
 * `request` alone; its statements are committed, or taken back, with that transaction.
 */
export interface Store {
  /** Which SQL the database understands. */
  readonly dialect: Dialect
  /** Runs one statement by itself: it is committed when this settles. In a caller's store, with the caller's transaction. */
  readonly query: Query
  /**
   * Runs several statements together, those that `work` gives to the function it is called with: all are committed when this
   * settles, or none if `work` fails. `work` gives a promise only where that function does, since a driver that gives values
   * takes no promise within a transaction. In a caller's store nothing is committed; if `work` fails, what it did is taken back, and
   * the caller's transaction can continue.
   */
  transaction<T>(work: (query: Query) => T | Promise<T>): T | Promise<T>
  /** Whether somebody else decides if what `query` does is committed: the caller, whose transaction is open. */
  inTransaction(): boolean | Promise<boolean>
}

/** A `Query` that gives its rows at once. */
export type SyncQuery = (pieces: readonly string[], values: readonly (string | null)[]) => Rows

/** A store that gives values in place of promises, since its driver does, and takes no promises within a transaction. */
export interface SyncStore extends Store {
  /** Runs one statement by itself: it is committed when this returns. In a caller's transaction, with that. */
  readonly query: SyncQuery
  /** Runs several statements together: all are committed when this returns, or none if `work` throws or returns a promise. */
  transaction<T>(work: (query: SyncQuery) => T): T
  /** Whether somebody else decides if what `query` does is committed: the caller, whose transaction is open. */
  inTransaction(): boolean
}

/** A `Query` that gives a promise of its rows. */
export type AsyncQuery = (pieces: readonly string[], values: readonly (string | null)[]) => Promise<Rows>

/** A store that gives promises. */
export interface AsyncStore extends Store {
  /**
   * Runs one statement by itself: it is committed when the promise is fulfilled. In a caller's store, with the caller's
   * transaction.
   */
  readonly query: AsyncQuery
  /** Runs several statements together: all are committed when the promise is fulfilled, or none if `work` fails. */
  transaction<T>(work: (query: AsyncQuery) => T | Promise<T>): Promise<T>
}
