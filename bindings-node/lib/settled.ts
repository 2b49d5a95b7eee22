// What became of a call whose wait was given up.

import type { Operation, Outcome, PaywelcomeError } from './errors.js'
import type { CancelReceipt, PartialCancelReceipt } from './receipts.js'

/** What became of a call whose wait was given up after its request may have left. */
export type Settled =
  | {
      /** What was asked for. */
      readonly operation: Operation
      /** `tid` 거래ID: the payment's. */
      readonly tid: string
      /** The `reference` that the call was given. */
      readonly reference: string | null
      /** What is known about the money. */
      readonly outcome: 'done'
      /** The receipt of what was done. */
      readonly receipt: CancelReceipt | PartialCancelReceipt
    }
  | {
      /** What was asked for. */
      readonly operation: Operation
      /** `tid` 거래ID: the payment's. */
      readonly tid: string
      /** The `reference` that the call was given. */
      readonly reference: string | null
      /** What is known about the money. */
      readonly outcome: Outcome
      /** Why there is no receipt. */
      readonly error: PaywelcomeError
    }

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

/** Tells of it by a process warning. */
export function warn(line: string, code: string): void {
  process.emitWarning(line, { type: 'PaywelcomeWarning', code })
}
