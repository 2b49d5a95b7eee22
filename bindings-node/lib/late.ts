// The end of a call whose wait was given up: told by a warning, and to the merchant's function.

import { AsyncLocalStorage } from 'node:async_hooks'

import type { Settled } from './settled.js'
import { isAwaited, shown, warn } from './warning.js'

/** The call whose end a merchant's function is told, until it is done with it. */
interface Telling {
  call: object | undefined
}

const tellings = new AsyncLocalStorage<Telling>()
let running = 0

/** The call whose end is told to the function that this is called in, if it is. */
export function beingTold(): object | undefined {
  return running > 0 ? tellings.getStore()?.call : undefined
}

/**
 * Tells how `call` ended, and calls `ended` when that is told: the promise that `onSettled` gives is settled. It never
 * fails, whatever the merchant's function does.
 */
export async function tell(call: object, settled: Settled, onSettled: unknown, ended: () => void): Promise<void> {
  const { outcome } = settled
  const detail = outcome === 'done' ? 'the money went back' : settled.error.message
  warn(`${named(settled)}, whose wait was given up, is settled: ${outcome} (${detail})`, 'PAYWELCOME_SETTLED')
  if (typeof onSettled === 'function') {
    // The warning is written meanwhile: a function that hangs must not keep it back.
    await undefined
    const telling: Telling = { call }
    running += 1
    try {
      const given: unknown = tellings.run(telling, onSettled as (settled: Settled) => unknown, settled)
      if (isAwaited(given)) await given
    } catch (error) {
      warn(`onSettled failed for ${named(settled)}: ${outcome}`, 'PAYWELCOME_ON_SETTLED', shown(error))
    }
    running -= 1
    // What the function has left behind must not hold the call, nor an idle storage cost every promise of the program.
    telling.call = undefined
    if (running === 0) tellings.disable()
  }
  ended()
}

/** Names a call in a line. */
export function named({ operation, tid, reference }: Pick<Settled, 'operation' | 'tid' | 'reference'>): string {
  return `${operation} of ${tid}${reference === null ? '' : `, reference ${reference}`}`
}
