// Several statements together, where a driver has no better way than statements: between two, or taken back with a third.

import type { AsyncQuery } from './store.js'

type Words = readonly [begin: string, end: string, undo: string]

/** A transaction of our own. */
export const whole: Words = ['BEGIN', 'COMMIT', 'ROLLBACK']

/** The same on SQLite: at once, since a transaction that reads first fails when it then writes and another has written meanwhile. */
export const immediate: Words = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']

/** Within a transaction of the caller's, so that what `work` did can be taken back alone. */
export const savepoint: Words = ['SAVEPOINT paywelcome', 'RELEASE SAVEPOINT paywelcome', 'ROLLBACK TO SAVEPOINT paywelcome']

/** Runs `work` between the first two statements; if anything fails, runs the third and fails likewise. */
export async function bracket<T>(query: AsyncQuery, [begin, end, undo]: Words, work: (query: AsyncQuery) => T | Promise<T>): Promise<T> {
  await query([begin], [])
  try {
    const result = await work(query)
    await query([end], [])
    return result
  } catch (error) {
    // Where the connection is lost, the database takes everything back by itself; the first error is the one that says why.
    await Promise.resolve(query([undo], [])).catch(() => {})
    throw error
  }
}

const last = new WeakMap<object, Promise<unknown>>()

/** One after the other on each transaction: savepoints of two that run at once would release each other. */
export function inTurn<T>(handle: object, run: () => Promise<T>): Promise<T> {
  const mine = (last.get(handle) ?? Promise.resolve()).then(run)
  last.set(handle, mine.catch(() => {}))
  return mine
}
