// A call → the promise of what becomes of it.

import { type AbortOutcome, listen, reasonWith } from './abort.js'
import type { Call } from './call.js'
import { Context } from './context.js'
import { expect, forget, letGo, nativeCalls } from './inbox.js'
import { parse } from './json.js'
import {
  failureOf,
  goesOn,
  isFailure,
  type NativeAttempt,
  type NativeEnd,
  type NativeFailure,
  type NativeReceipt,
} from './native.js'
import type { Watch } from './observing.js'
import { fit } from './packing.js'

/**
 * Starts a call and waits for its end, or rejects with the signal's reason when that fires; `watch` is who looks at it,
 * if anybody does.
 *
 * It is one promise from start to end, since each further one costs every call.
 */
export function start<T>(call: Call<T>, watch?: Watch): Promise<T> {
  return new Promise((resolve, reject) => {
    new Wait(call, watch, resolve, reject).begin()
  })
}

/** The wait for one call. */
class Wait<T> {
  readonly #call: Call<T>
  readonly #watch: Watch | undefined
  readonly #resolve: (made: T | Promise<never>) => void
  readonly #reject: (reason: unknown) => void
  /** The caller's, where something of a merchant's may be run for it. */
  readonly #context: Context | undefined
  /** Its number, once it is under way. */
  #id: number | undefined
  #fired = false
  #unlisten: (() => void) | undefined

  constructor(
    call: Call<T>,
    watch: Watch | undefined,
    resolve: (made: T | Promise<never>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#call = call
    this.#watch = watch
    this.#resolve = resolve
    this.#reject = reject
    if (watch !== undefined || call.signal !== undefined || call.waits || call.warns) this.#context = new Context()
  }

  /** Throws where the call can't begin. */
  begin(): void {
    const { signal } = this.#call
    if (signal === undefined) {
      this.#start()
      return
    }
    if (signal.aborted) throw this.#unsent(signal)
    this.#unlisten = listen(signal, () => this.#giveUp(signal))
    try {
      // A signal of someone else's making may fire while it is listened to.
      if (this.#fired) throw this.#unsent(signal)
      this.#start()
    } catch (error) {
      this.#unlisten()
      throw error
    }
  }

  #start(): void {
    const { client, operation, values, findings, called, since } = this.#call
    const packed = fit(operation, values)
    if (findings.length > 0) throw this.#call.failed(failureOf(client.refuse(operation, packed, findings)), called)
    const calls = nativeCalls()
    // All is made ready first: nothing that may fail, or is the program's own, is run between the start and here.
    const id = expect(this)
    this.#call.began()
    let refused: string | null = ''
    try {
      refused = calls.start(id, client, operation, packed, this.#watch !== undefined, since)
    } finally {
      if (refused !== null) {
        forget(id)
        this.#call.ended()
      }
    }
    if (refused === null) {
      this.#id = id
      this.#watch?.began()
      return
    }
    letGo()
    throw this.#call.failed(failureOf(refused), called)
  }

  #giveUp(signal: AbortSignal): void {
    const id = this.#id
    if (id === undefined) {
      this.#fired = true
      return
    }
    const [outcome, attempts] = parse(nativeCalls().giveUp(id)) as [AbortOutcome, NativeAttempt[] | null]
    this.#fired = true
    const withdrawn = outcome === 'not_sent' && forget(id)
    // Whoever has aborted has a context of their own.
    this.#context?.runInAsyncScope(() => {
      this.#watch?.tell(attempts)
      if (withdrawn) this.#call.withdrawn()
      this.#reject(this.#reason(signal, outcome))
    })
  }

  /** Returns the reason of a signal that fired before anything was begun. */
  #unsent(signal: AbortSignal): unknown {
    this.#call.withdrawn()
    return this.#reason(signal, 'not_sent')
  }

  #reason(signal: AbortSignal, outcome: AbortOutcome): unknown {
    const { tid, reference } = this.#call
    return reasonWith(signal, { outcome, tid, reference })
  }

  /** The call has ended, or the wait for it is over. */
  end(attempts: NativeAttempt[] | null, end: NativeEnd): void {
    this.#unlisten?.()
    if (goesOn(end)) {
      if (!this.#fired) this.#resolve(fail(this.#call, end))
      this.#fired = true
      return
    }
    if (this.#context === undefined) this.#tell(attempts, end)
    else this.#context.runInAsyncScope(this.#tell, this, attempts, end)
  }

  #tell(attempts: NativeAttempt[] | null, end: NativeEnd): void {
    this.#watch?.tell(attempts)
    if (this.#fired) {
      this.#call.late(end)
    } else {
      this.#settle(end)
      this.#call.ended()
    }
  }

  #settle(end: NativeEnd): void {
    let made: T | Promise<never>
    try {
      // Of a warm-up there is no receipt, and nobody reads it.
      made = isFailure(end) ? fail(this.#call, end) : this.#call.made(end as NativeReceipt)
    } catch (error) {
      this.#reject(this.#call.unmade(error))
      return
    }
    this.#resolve(made)
  }
}

/**
 * Returns a promise that is rejected with the error of a failure, for the caller's to follow.
 *
 * The error is made once it does: V8 then tells the functions that wait for it, at no price for calls that do not fail.
 */
async function fail(call: Call<unknown>, failure: NativeFailure): Promise<never> {
  await undefined
  await undefined
  throw call.failed(failure, fail)
}
