// How the refunds of a merchant fare.

import type { RefundState } from './words.js'

/** How the refunds of a merchant fare: plain values, as JSON has them. */
export interface Health {
  /** What has not ended, by its state: how many, and the sum of their amounts in won and cents alike. */
  readonly open: Readonly<Record<OpenState, { readonly refunds: number; readonly amount: number }>>
  /** For how many milliseconds the oldest in review has waited for a person; `null` where none is. */
  readonly reviewOldestMs: number | null
  /**
   * For how many milliseconds a worker could have continued with a refund; `null` where none is due. What waits behind another
   * refund of its payment, or is in a batch that is paused, does not count; nor does what its batch's pace lets go later.
   */
  readonly dueLagMs: number | null
  /** Batches that are paused and have refunds that would continue, and why. */
  readonly paused: Readonly<Record<string, PauseReason>>
}

/** Why a batch is paused: by a person, or by itself since so many in a row, or such a share, were not done. */
export type PauseReason = 'person' | 'in_a_row' | 'share'

/** The states of refunds that have not ended. */
export type OpenState = Exclude<RefundState, 'done' | 'declined' | 'void'>

/** As the native half tells it. */
export interface HealthTold {
  open: Health['open']
  review_oldest: number | null
  due_lag: number | null
  paused: Health['paused']
}

/** Makes it of what the native half tells. */
export function healthOf({ open, review_oldest, due_lag, paused }: HealthTold): Health {
  return Object.freeze({ open, reviewOldestMs: review_oldest, dueLagMs: due_lag, paused })
}
