// Calls under way → their waits: one native hub for each JavaScript thread.

import { listen, reasonWith } from './abort.js'
import type { FieldError, Operation } from './errors.js'
import { native, type NativeClient, type NativeHub, type NativeSettled, type Values } from './native.js'

/** A call that is ready to be judged and sent. */
export interface Call {
  client: NativeClient
  operation: Operation
  values: Values
  findings: FieldError[]
  signal: AbortSignal | null | undefined
}

let hub: NativeHub | undefined
const waits = new Map<number, (settled: NativeSettled) => void>()

/**
 * Starts a call and waits for what becomes of it, or rejects with the signal's reason when that fires.
 *
 * @param late - Is told what became of it where the wait was given up after the request may have left.
 * @param ended - Is called once, when nothing is under way any more. Neither may throw.
 */
export function settle(call: Call, late: (settled: NativeSettled) => void, ended: () => void): Promise<NativeSettled> {
  const { client, operation, values, findings, signal } = call
  return new Promise((resolve, reject) => {
    const calls = (hub ??= new native.Hub(deliver))
    let tell: (settled: NativeSettled) => void = resolve
    const forget = signal && listen(signal, () => {
      const outcome = calls.giveUp(id)
      tell = late
      if (outcome === 'not_sent' && waits.delete(id)) ended()
      reject(reasonWith(signal, outcome))
    })
    const started = calls.start(client, operation, values, findings)
    const id = typeof started === 'number' ? started : 0
    const end = (settled: NativeSettled) => {
      forget?.()
      tell(settled)
      ended()
    }
    if (typeof started === 'number') waits.set(id, end)
    else end({ failure: started })
  })
}

/** Settles everything that the library's thread has finished. */
function deliver(): void {
  for (const settled of hub?.collect() ?? []) {
    const end = waits.get(settled.id)
    waits.delete(settled.id)
    end?.(settled)
  }
}
