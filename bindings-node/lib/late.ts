// The result of an abandoned call: a warning, and a call of the merchant's function.

import { AsyncLocalStorage } from 'node:async_hooks'

import type { Settled } from './settled.js'
import type { Sink } from './sink.js'
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
 * Returns how `call` ended, and calls `ended` when that is told: the promises that the sink and `onSettled` give are settled. It
 * never fails, whatever the merchant's function does.
 */
export async function tell(
  call: object,
  settled: Settled,
  sink: Sink | undefined,
  onSettled: unknown,
  ended: () => void,
): Promise<void> {
  const { outcome } = settled
  const detail = outcome === 'done' ? 'the money went back' : settled.error.message
  warn(`${named(settled)}, which was abandoned, is settled: ${outcome} (${detail})`, 'PAYWELCOME_SETTLED')
  const written = sink && tellSink(call, outcome === 'done' ? settled.receipt : settled.error, sink, settled)
  if (typeof onSettled === 'function') {
    const failed = `onSettled failed for ${named(settled)}: ${outcome}`
    await told(call, () => (onSettled as (settled: Settled) => unknown)(settled), failed, 'PAYWELCOME_ON_SETTLED')
  }
  if (written !== undefined) await written
  ended()
}

/** Tells a sink the end of `call`, as `tell` does. */
export function tellSink(call: object, end: Parameters<Sink['late']>[0], sink: Sink, asked: Asked): Promise<void> {
  return told(call, () => sink.late(end), `the end of ${named(asked)} could not be recorded`, 'PAYWELCOME_SINK')
}

/** Calls the function for the result of `call` and waits for its promise; a failure is a warning. */
async function told(call: object, tell: () => unknown, failed: string, code: string): Promise<void> {
  // The warning is written meanwhile: a function that hangs must not keep it back.
  await undefined
  const telling: Telling = { call }
  running += 1
  try {
    const given: unknown = tellings.run(telling, tell)
    if (isAwaited(given)) await given
  } catch (error) {
    warn(failed, code, shown(error))
  }
  running -= 1
  // What the function has left behind must not hold the call, nor an idle storage cost every promise of the program.
  telling.call = undefined
  if (running === 0) tellings.disable()
}

type Asked = Pick<Settled, 'operation' | 'tid' | 'reference'>

/** Names a call in a line. */
export function named({ operation, tid, reference }: Asked): string {
  return `${operation} of ${tid}${reference === null ? '' : `, reference ${reference}`}`
}
