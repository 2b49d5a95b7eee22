// What became of a call whose wait was given up.

import type { PaywelcomeError } from './errors.js'
import type { Operation, Outcome } from './outcome.js'
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
