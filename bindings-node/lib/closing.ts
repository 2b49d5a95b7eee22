// What is under way for one client, and the wait for its end.

// Node.js's own: a test's page or clock may have put others in the global ones' place.
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'

import { read, unless } from './arguments.js'
import { collect } from './calls.js'
import { InvalidRequestError } from './errors.js'
import type { Operation } from './outcome.js'

/** A call that was still under way when the wait of {@link Client.close} ended. */
export interface OpenCall {
  /** What was asked for. */
  readonly operation: Operation
  /** `tid` 거래ID: the payment's. */
  readonly tid: string
  /** The `reference` that the call was given. */
  readonly reference: string | null
  /** Its money may have moved, or may yet: the call goes on to its end, and is told as ever. */
  readonly outcome: 'unknown'
}

/** How a client is closed. */
export interface CloseOptions {
  /**
   * Milliseconds to wait for what is under way, from 0 (not at all) to 3,600,000; absent, until every call has ended,
   * which its own time limit sees to.
   */
  timeoutMs?: number | null | undefined
}

/** The names of the options of a close. */
const CLOSE_OPTIONS = ['timeoutMs'] as const satisfies readonly (keyof CloseOptions)[]

/** The longest wait, in milliseconds: the longest time limit of a call. */
const LONGEST = 3_600_000

/** Reads how long a close may wait, in milliseconds. */
export function closeLimit(options: unknown): number | undefined {
  const { values, findings } = read(options, 'options', CLOSE_OPTIONS)
  const limit = values['timeoutMs'] ?? undefined
  findings.push(...unless(typeof limit === 'number', 'timeoutMs', limit, 'a number of milliseconds'))
  if (typeof limit === 'number' && !(limit >= 0 && limit <= LONGEST)) {
    findings.push({ field: 'timeoutMs', message: `is ${limit}; pass 0 to ${LONGEST} milliseconds` })
  }
  if (findings.length > 0) {
    const found = findings.map(({ field, message }) => `${field}: ${message}`).join('; ')
    const message = `the client was not closed: the options are wrong: ${found}`
    throw new InvalidRequestError({ message, errors: findings })
  }
  return limit as number | undefined
}

/** A call, of which only what is known of it is read. */
export type Open = Omit<OpenCall, 'outcome'>

/** The calls of a client that have been started and are not settled. */
export class UnderWay {
  readonly #calls = new Set<Open>()
  readonly #waits = new Set<() => void>()

  /** Counts a call. */
  add(call: Open): void {
    this.#calls.add(call)
  }

  /** Counts it no more. */
  remove(call: Open): void {
    this.#calls.delete(call)
    if (this.#calls.size === 0) for (const resolve of this.#waits) resolve()
  }

  /** Waits until nothing is under way, at most for `limit` milliseconds, and gives what still is. */
  async ended(limit: number | undefined): Promise<OpenCall[]> {
    if (this.#calls.size > 0 && limit !== 0) {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer)
          this.#waits.delete(end)
          resolve()
        }
        // Calls under way hold the event loop open by themselves.
        const timer = limit === undefined ? undefined : setTimeout(end, limit).unref()
        this.#waits.add(end)
      })
    }
    // What has ended but was not told yet is not open.
    if (this.#calls.size > 0) collect()
    // A promise is rejected some turns after its call has ended.
    await new Promise(setImmediate)
    return Array.from(this.#calls, ({ operation, tid, reference }) => ({ operation, tid, reference, outcome: 'unknown' }))
  }
}
