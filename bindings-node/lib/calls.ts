// Calls under way → their waits: one native hub for each JavaScript thread.

import { listen, reasonWith } from './abort.js'
import {
  isFailure,
  native,
  type NativeAttempt,
  type NativeClient,
  type NativeFailure,
  type NativeHub,
  type NativeReceipt,
  type NativeSettled,
  type Values,
} from './native.js'
import type { Watch } from './observing.js'
import type { FieldError, Operation } from './outcome.js'
import { fit } from './packing.js'

/** A call that is ready to be judged and sent, of which a `T` is wanted. None of its functions but `made` may throw. */
export interface Call<T> {
  readonly client: NativeClient
  readonly operation: Operation
  readonly values: Values
  readonly findings: FieldError[]
  readonly signal: AbortSignal | undefined
  /** What the merchant called for it. */
  readonly called: Function
  /** Makes what is wanted. */
  made(receipt: NativeReceipt): T
  /** Makes the error of a failure; its stack is what is above the function `above`, unless a better one is known. */
  failed(failure: NativeFailure, above: Function): Error
  /** Is told what became of it where the wait was given up after the request may have left. */
  late(settled: NativeSettled): void
  /** Is called when it is under way. */
  began(): void
  /** Is called when it no longer is. */
  ended(): void
}

let hub: NativeHub | undefined
const waits = new Map<number, { end: Wait<never>['end'] }>()

/**
 * Starts a call and waits for what becomes of it, or rejects with the signal's reason when that fires; `watch` is who
 * looks at it, if anybody does.
 *
 * It is one promise from end to end, since each further one costs every call.
 */
export function settle<T>(call: Call<T>, watch?: Watch): Promise<T> {
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
  /** Its number, once it is under way. */
  #id: number | undefined
  #fired = false
  #forget: (() => void) | undefined

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
  }

  /** Throws where the call can't begin. */
  begin(): void {
    const { signal } = this.#call
    if (signal === undefined) {
      this.#start()
      return
    }
    if (signal.aborted) throw reasonWith(signal, 'not_sent')
    this.#forget = listen(signal, () => this.#giveUp(signal))
    try {
      // A signal of someone else's making may fire while it is listened to.
      if (this.#fired) throw reasonWith(signal, 'not_sent')
      this.#start()
    } catch (error) {
      this.#forget()
      throw error
    }
  }

  #start(): void {
    const { client, operation, values, findings } = this.#call
    const watch = this.#watch
    const found = findings.length > 0 ? findings : undefined
    const packed = fit(operation, values)
    const id = (hub ??= new native.Hub(collect)).start(client, operation, packed, found, watch !== undefined)
    if (typeof id !== 'number') throw this.#call.failed(id, this.#call.called)
    this.#id = id
    this.#call.began()
    watch?.began()
    waits.set(id, this)
  }

  #giveUp(signal: AbortSignal): void {
    this.#fired = true
    const id = this.#id
    if (id === undefined || hub === undefined) return
    const { outcome, attempts } = hub.giveUp(id)
    this.#watch?.tell(attempts)
    if (outcome === 'not_sent' && waits.delete(id)) this.#call.ended()
    this.#reject(reasonWith(signal, outcome))
  }

  /** The call has ended. */
  end(attempts: NativeAttempt[] | null, settled: NativeSettled): void {
    this.#forget?.()
    this.#watch?.tell(attempts)
    if (this.#fired) this.#call.late(settled)
    else this.#tell(settled)
    this.#call.ended()
  }

  #tell(settled: NativeSettled): void {
    try {
      // Of a warm-up there is no receipt, and nobody reads it.
      this.#resolve(isFailure(settled) ? fail(this.#call, settled) : this.#call.made(settled as NativeReceipt))
    } catch (error) {
      this.#reject(error)
    }
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

/** Settles everything that the library's thread has finished. */
export function collect(): void {
  if (hub === undefined) return
  const batch = JSON.parse(hub.collect()) as unknown[]
  for (let at = 0; at < batch.length; at += 3) {
    const id = batch[at] as number
    const wait = waits.get(id)
    waits.delete(id)
    wait?.end(batch[at + 1] as NativeAttempt[] | null, batch[at + 2] as NativeSettled)
  }
}
