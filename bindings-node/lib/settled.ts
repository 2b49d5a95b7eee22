// The result of a call whose caller stopped waiting.

import type { PaywelcomeError } from './errors.js'
import type { Operation, Outcome } from './outcome.js'
import type { CancelReceipt, PartialCancelReceipt } from './receipts.js'

/** The result of a call whose caller stopped waiting: it is done. */
export interface SettledDone {
  /** What was asked for. */
  readonly operation: Operation
  /** `tid` 거래ID: the payment's. */
  readonly tid: string
  /** The `reference` that the call was given. */
  readonly reference: string | null
  /** What is known about the money. */
  readonly outcome: 'done'
  /** The receipt. */
  readonly receipt: CancelReceipt | PartialCancelReceipt
}

/** The result of a call whose caller stopped waiting: it is declined, not sent or unknown. */
export interface SettledNotDone {
  /** What was asked for. */
  readonly operation: Operation
  /** `tid` 거래ID: the payment's. */
  readonly tid: string
  /** The `reference` that the call was given. */
  readonly reference: string | null
  /** What is known about the money, as the error says. */
  readonly outcome: Outcome
  /** Why there is no receipt. */
  readonly error: PaywelcomeError
}

/**
 * The result of a call whose caller stopped waiting after the request may have left.
 *
 * `outcome` says which of both it is. As JSON it holds all that is known, for an order's history.
 */
export type Settled = SettledDone | SettledNotDone
