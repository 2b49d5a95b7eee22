// How the refunds of a merchant fare.

import type { RefundState } from './words.js'

/** The open refunds of a merchant, and how long they have waited: plain values. */
export interface Health {
  /** The refunds that have not ended, by state: their number, and the sum of their amounts in won and cents alike. */
  readonly open: Readonly<Record<OpenState, { readonly refunds: number; readonly amount: number }>>
  /** Milliseconds that the oldest refund in review has waited for a person; `null` if there is none. */
  readonly reviewOldestMs: number | null
  /**
   * Milliseconds that the longest due refund has waited for a worker; `null` if none is due. Refunds that wait behind another
   * refund of their payment, for a paused batch or for the pace of their batch do not count.
   */
  readonly dueLagMs: number | null
  /** Paused batches with refunds left to send, and why they are paused. */
  readonly paused: Readonly<Record<string, PauseReason>>
}

/** Why a batch is paused: by a person, or automatically, because too many in a row or too large a share were not done. */
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
