// What is under way for one client, and the wait for its end.

import { read, unless } from './arguments.js'
import { InvalidRequestError } from './errors.js'
import { alarm, letGo, turn } from './inbox.js'
import { beingTold } from './late.js'
import type { Operation } from './outcome.js'

/** A call that was still open when {@link Client.close} stopped waiting, or whose `onSettled` was not done yet. */
export interface OpenCall {
  /** What was asked for. */
  readonly operation: Operation
  /** `tid` 거래ID: the payment's. */
  readonly tid: string
  /** The `reference` that the call was given. */
  readonly reference: string | null
  /** Its money may have moved, or may still move: the call continues, and its result is reported as usual. */
  readonly outcome: 'unknown'
}

/** How a client is closed. */
export interface CloseOptions {
  /**
   * The most milliseconds to wait for open calls, from 0 (not at all) to 3,600,000. Absent, it waits until every call has
   * ended, at most until its own time limit, and `onSettled` is done.
   */
  timeoutMs?: number | null | undefined
}

/** The names of the options of a close. */
const CLOSE_OPTIONS = ['timeoutMs'] as const satisfies readonly (keyof CloseOptions)[]

/** The longest wait, in milliseconds: the longest time limit of a call. */
const LONGEST = 3_600_000

/** Reads how long the close of a client may wait, in milliseconds. */
export function closeLimit(options: unknown, { host, mid }: { host: string; mid: string }): number | undefined {
  const { values, findings } = read(options, 'options', CLOSE_OPTIONS)
  const limit = values['timeoutMs'] ?? undefined
  findings.push(...unless(typeof limit === 'number', 'timeoutMs', limit, 'a number of milliseconds'))
  if (typeof limit === 'number' && !(limit >= 0 && limit <= LONGEST)) {
    findings.push({ field: 'timeoutMs', message: `is ${limit}; pass 0 to ${LONGEST} milliseconds` })
  }
  if (findings.length > 0) {
    const found = findings.map(({ field, message }) => `${field}: ${message}`).join('; ')
    const message = `the client was not closed: the options are wrong: ${found}`
    throw new InvalidRequestError({ message, errors: findings, host, mid })
  }
  return limit as number | undefined
}

/** A call, of which only what is known of it is read. */
export interface Open {
  readonly operation: Operation
  readonly tid: string | null
  readonly reference: string | null
  /** Whether another that is open stands for it at the moment. */
  readonly isCovered?: boolean
}

/** The calls of a client that were started, and have not ended or whose end was not told yet. */
export class OpenCalls {
  readonly #calls = new Set<Open>()
  /** Whether a close has begun: nothing new is started then. */
  isClosed = false

  /** Counts a call. */
  add(call: Open): void {
    this.#calls.add(call)
  }

  /** Counts it no more. */
  remove(call: Open): void {
    this.#calls.delete(call)
    if (closes.size > 0) for (const close of closes) close.look()
  }

  /** Waits until nothing is under way, at most for `limit` milliseconds, and gives what still is. */
  async ended(limit: number | undefined): Promise<OpenCall[]> {
    const close = new Close(this.#calls, beingTold())
    if (limit !== 0) await close.over(limit)
    // What has ended but was not told yet is not open; and a promise is rejected some turns after it was told.
    await turn()
    await turn()
    letGo()
    return close.left()
  }
}

/** The closes that wait, of all clients of this thread. */
const closes = new Set<Close>()

/** One close of a client. */
class Close {
  readonly #calls: ReadonlySet<Open>
  /** The call whose `onSettled` closes the client: it is told, and can't be waited for by what it waits for. */
  readonly closer: object | undefined
  #end: (() => void) | undefined

  constructor(calls: ReadonlySet<Open>, closer: object | undefined) {
    this.#calls = calls
    this.closer = closer
  }

  /** Waits until it is over, at most for `limit` milliseconds. */
  async over(limit: number | undefined): Promise<void> {
    closes.add(this)
    // Another may have waited for the call that this one's caller is told of.
    for (const close of closes) close.look()
    if (!this.#isOver()) {
      let callOff: (() => void) | undefined
      await new Promise<void>((resolve) => {
        this.#end = resolve
        if (limit !== undefined) callOff = alarm(limit, resolve)
      })
      callOff?.()
    }
    closes.delete(this)
  }

  /** Ends the wait, if there is nothing left to wait for. */
  look(): void {
    if (this.#isOver()) this.#end?.()
  }

  /** What is still under way. */
  left(): OpenCall[] {
    const left = Array.from(this.#calls).filter((call) => call !== this.closer && call.isCovered !== true)
    return left.map(({ operation, tid, reference }) => ({ operation, tid: tid ?? '', reference, outcome: 'unknown' }))
  }

  #isOver(): boolean {
    if (this.closer === undefined) return this.#calls.size === 0
    for (const call of this.#calls) if (call !== this.closer && !closing(call)) return false
    return true
  }
}

/** Whether what is told of a call waits for a close: two such would wait for each other. */
function closing(call: Open): boolean {
  return Array.from(closes).some((close) => close.closer === call)
}
