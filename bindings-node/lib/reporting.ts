// Tells how a call ended whose wait was given up.

import type { Settled } from './settled.js'
import { warn } from './warning.js'

/** Tells the merchant, whatever the merchant's own code then does. */
export function report(settled: Settled, onSettled: unknown): void {
  if (typeof onSettled !== 'function') {
    const { outcome } = settled
    const detail = outcome === 'done' ? 'the money went back' : settled.error.message
    warn(`${named(settled)}, whose wait was given up, is settled: ${outcome} (${detail})`, 'PAYWELCOME_SETTLED')
    return
  }
  const failed = () => {
    warn(`onSettled failed for ${named(settled)}: ${settled.outcome}`, 'PAYWELCOME_ON_SETTLED')
  }
  try {
    Promise.resolve(onSettled(settled)).catch(failed)
  } catch {
    failed()
  }
}

/** Names a call in a line. */
function named({ operation, tid, reference }: Settled): string {
  return `${operation} of ${tid}${reference === null ? '' : `, reference ${reference}`}`
}
