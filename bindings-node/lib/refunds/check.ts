// A test for a merchant's own store: whether it keeps what the ledger of refunds relies on.

import { callerCases } from './check/callers.js'
import { crowdCases } from './check/crowds.js'
import { Broken, type Case, Kit } from './check/kit.js'
import { take } from './steps.js'
import { transactionCases } from './check/transactions.js'
import { valueCases } from './check/values.js'
import type { Store } from './store.js'

/** What `checkStore` takes beside the store. */
export interface StoreCheckOptions {
  /**
   * Opens a transaction as your program does, calls the function with a store within it, and waits for what that gives: commits
   * when it has succeeded, and takes everything back when it has failed. Without it, the cases about a caller's transaction
   * are left out.
   */
  readonly caller?: (work: (store: Store) => unknown) => unknown
  /** The only case to run, one of `storeCases`; by default, all that apply. */
  readonly case?: string
  /** How long one case may take, in milliseconds: 60,000 by default. */
  readonly timeoutMs?: number
}

const cases: Readonly<Record<string, Case>> = { ...valueCases, ...transactionCases, ...callerCases, ...crowdCases }

/** The names of the cases that `checkStore` runs, for a test of each. */
export const storeCases: readonly string[] = Object.keys(cases)

/**
 * Checks a store against a real database: what goes in and comes out, what is committed and when, and many users at once.
 *
 * `make` is called twice: the stores are used side by side, and may share a pool of at least 10 connections; on SQLite, each
 * has a handle of its own. The cases use a table of their own, `paywelcome_contract_check`, and drop it; the database is
 * otherwise left alone. Connections are ended by the server, where it has them.
 *
 * @example
 * ```ts
 * test('the store keeps its promises', () =>
 *   checkStore(() => myStore(pool), { caller: (work) => pool.transaction((tx) => work(myStore(tx))) }))
 * ```
 * @throws `Error` where the store does not keep a promise; its message says which, for each case that failed.
 * @throws `TypeError` where there is no such case, or it needs `caller`.
 */
export async function checkStore(make: () => Store, options: StoreCheckOptions = {}): Promise<void> {
  const { caller, case: only, timeoutMs = 60_000 } = options
  if (only !== undefined && !storeCases.includes(only)) throw new TypeError(`there is no case ${JSON.stringify(only)}`)
  if (only !== undefined && only in callerCases && caller === undefined) throw new TypeError(`the case ${only} needs caller`)
  const wanted = only === undefined ? storeCases.filter((name) => caller !== undefined || !(name in callerCases)) : [only]
  const kit = new Kit(make(), make(), caller)
  const failures: string[] = []
  let cause: unknown
  for (const name of wanted) {
    const { promise, run } = cases[name]!
    try {
      await within(timeoutMs, async () => take(kit.with(run)))
    } catch (error) {
      cause ??= error
      failures.push(`${name}: ${promise} But ${error instanceof Broken ? error.message : String(error)}`)
    }
  }
  if (failures.length > 0) throw new Error(failures.join('\n'), { cause })
}

/** Waits for it no longer than that. */
async function within(limitMs: number, run: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Broken(`a statement did not end within ${limitMs} ms`)), limitMs)
  })
  try {
    await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}
