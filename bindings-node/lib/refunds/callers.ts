// Stores within a transaction of a caller's.

import { bracket, inTurn, savepoint, whole } from './bracket.js'
import type { AsyncQuery, AsyncStore, Dialect } from './store.js'

/** A store of the handle that a driver gives for one transaction alone. */
export function inCallers(handle: object, dialect: Dialect, query: AsyncQuery): AsyncStore {
  return {
    dialect,
    query,
    inTransaction: () => true,
    transaction: (work) => inTurn(handle, () => bracket(query, savepoint, work)),
  }
}

/** A store of one connection, on which the caller may have begun a transaction, or not. */
export function onConnection(handle: object, dialect: Dialect, query: AsyncQuery, isOpen: () => Promise<boolean>): AsyncStore {
  return {
    dialect,
    query,
    inTransaction: isOpen,
    transaction: (work) => inTurn(handle, async () => bracket(query, (await isOpen()) ? savepoint : whole, work)),
  }
}
