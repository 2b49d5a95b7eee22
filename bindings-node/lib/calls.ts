// Calls under way → their waits: one native hub for each JavaScript thread.

import { listen, reasonWith } from './abort.js'
import type { FieldError, Operation } from './errors.js'
import { native, type NativeClient, type NativeHub, type NativeSettled, type Values } from './native.js'
import type { Watch } from './observing.js'
import { pack } from './packing.js'

/** A call that is ready to be judged and sent, of which a `T` is wanted. None of its functions but `made` may throw. */
export interface Call<T> {
  client: NativeClient
  operation: Operation
  values: Values
  findings: FieldError[]
  signal: AbortSignal | null | undefined
  /** Who looks at it, if anybody does. */
  watch: Watch | undefined
  /** Gives what became of it, or throws. */
  made: (settled: NativeSettled) => T
  /** Is told what became of it where the wait was given up after the request may have left. */
  late: (settled: NativeSettled) => void
  /** Is called when it is under way; what it returns, when it no longer is. */
  began: () => () => void
}

let hub: NativeHub | undefined
const waits = new Map<number, (settled: NativeSettled) => void>()

/**
 * Starts the call that `ready` gives and waits for what becomes of it, or rejects with the signal's reason when that fires.
 *
 * It is one promise from end to end, since each further one costs every call.
 */
export function settle<T>(ready: () => Call<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { client, operation, values, findings, signal, watch, made, late, began } = ready()
    if (signal?.aborted) throw reasonWith(signal, 'not_sent')
    const calls = (hub ??= new native.Hub(collect))
    const inTime = (settled: NativeSettled) => {
      try {
        resolve(made(settled))
      } catch (error) {
        reject(error)
      }
    }
    let tell = inTime
    let fired = false
    let under: { id: number; ended: () => void } | undefined
    const forget = signal && listen(signal, () => {
      fired = true
      if (under === undefined) return
      const { outcome, attempts } = calls.giveUp(under.id)
      watch?.tell(attempts)
      tell = late
      if (outcome === 'not_sent' && waits.delete(under.id)) under.ended()
      reject(reasonWith(signal, outcome))
    })
    try {
      // A signal of someone else's making may fire while it is listened to.
      if (signal && fired) throw reasonWith(signal, 'not_sent')
      const id = calls.start(client, operation, pack(operation, values), findings, watch !== undefined)
      if (typeof id !== 'number') {
        forget?.()
        inTime({ receipt: null, failure: id, attempts: null })
        return
      }
      const ended = began()
      under = { id, ended }
      watch?.began()
      waits.set(id, (settled) => {
        forget?.()
        watch?.tell(settled.attempts)
        tell(settled)
        ended()
      })
    } catch (error) {
      forget?.()
      throw error
    }
  })
}

/** Settles everything that the library's thread has finished. */
export function collect(): void {
  if (hub === undefined) return
  for (const settled of JSON.parse(hub.collect()) as ({ id: number } & NativeSettled)[]) {
    const end = waits.get(settled.id)
    waits.delete(settled.id)
    end?.(settled)
  }
}
