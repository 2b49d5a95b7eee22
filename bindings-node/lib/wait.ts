// A call → the promise of what becomes of it.

import { type AbortOutcome, listen, reasonWith } from './abort.js'
import type { Call } from './call.js'
import { Context } from './context.js'
import { expect, forget, rest, underWay } from './inbox.js'
import { failureOf, isFailure, type NativeAttempt, type NativeEnd, type NativeFailure, type NativeReceipt } from './native.js'
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
    if (watch !== undefined || call.signal !== undefined) this.#context = new Context()
  }

  /** Throws where the call can't begin. */
  begin(): void {
    const { signal } = this.#call
    if (signal === undefined) {
      this.#start()
      return
    }
    if (signal.aborted) throw this.#reason(signal, 'not_sent')
    this.#unlisten = listen(signal, () => this.#giveUp(signal))
    try {
      // A signal of someone else's making may fire while it is listened to.
      if (this.#fired) throw this.#reason(signal, 'not_sent')
      this.#start()
    } catch (error) {
      this.#unlisten()
      throw error
    }
  }

  #start(): void {
    const { client, operation, values, findings } = this.#call
    const watch = this.#watch
    const found = findings.length > 0 ? findings : undefined
    const started = underWay().start(client, operation, fit(operation, values), found, watch !== undefined)
    if (typeof started !== 'number') {
      rest()
      throw this.#call.failed(failureOf(started), this.#call.called)
    }
    // First of all: whatever is run from here on may give it up, or close its client.
    this.#id = started
    expect(started, this)
    this.#call.began()
    watch?.began()
  }

  #giveUp(signal: AbortSignal): void {
    this.#fired = true
    const id = this.#id
    if (id === undefined) return
    const [outcome, attempts] = JSON.parse(underWay().giveUp(id)) as [AbortOutcome, NativeAttempt[] | null]
    const withdrawn = outcome === 'not_sent' && forget(id)
    this.#inContext(() => {
      this.#watch?.tell(attempts)
      if (withdrawn) this.#call.ended()
      this.#reject(this.#reason(signal, outcome))
    })
  }

  #reason(signal: AbortSignal, outcome: AbortOutcome): unknown {
    const { tid, reference } = this.#call
    return reasonWith(signal, { outcome, tid, reference })
  }

  /** The call has ended. */
  end(attempts: NativeAttempt[] | null, end: NativeEnd): void {
    this.#unlisten?.()
    this.#inContext(() => {
      this.#watch?.tell(attempts)
      if (this.#fired) {
        this.#call.late(end)
      } else {
        this.#settle(end)
        this.#call.ended()
      }
    })
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

  #inContext(run: () => void): void {
    if (this.#context === undefined) run()
    else this.#context.runInAsyncScope(run)
  }
}

/**
 * Gives a promise that is rejected with the error of a failure, for the caller's to follow.
 *
 * The error is made once it does: V8 then tells the functions that wait for it, at no price for calls that do not fail.
 */
async function fail(call: Call<unknown>, failure: NativeFailure): Promise<never> {
  await undefined
  await undefined
  throw call.failed(failure, fail)
}
