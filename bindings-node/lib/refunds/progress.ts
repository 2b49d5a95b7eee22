// How far a batch has come.

import type { RefundCount } from './count.js'
import type { PauseReason } from './health.js'
import { fill, plain, type Told } from './told.js'
import type { RefundState } from './words.js'

/** Why a batch was paused automatically and what to do, in English and in Korean. */
export interface PauseText {
  /** In English. */
  readonly en: string
  /** In Korean (한국어). */
  readonly ko: string
}

/** The progress of a batch, as it was in the store when it was read. It is frozen. */
export class Progress {
  /** Its name. */
  readonly batch!: string
  /** `running`, or `paused`: nothing of it is sent. */
  readonly state!: 'running' | 'paused'
  /** Who paused it; `'paywelcome'` if it was paused automatically. */
  readonly pausedBy!: string | null
  /** The note of the pause. */
  readonly pauseNote!: string | null
  /** `person`, or which limit of its error budget was reached: `in_a_row` or `share`. */
  readonly pauseReason!: PauseReason | null
  /** Since when it is paused, by the database's clock. */
  readonly pausedAt!: Date | null
  /** Why it was paused automatically, and what to do. */
  readonly why!: PauseText | null
  /** Who resumed it last. */
  readonly resumedBy!: string | null
  /** When it was resumed last. */
  readonly resumedAt!: Date | null
  /** The most refunds that all workers together start in a second; `null` for no limit. */
  readonly pace!: number | null
  /** It pauses automatically after so many refunds in a row that are not done; `null` for never. */
  readonly mostInARow!: number | null
  /** It pauses automatically if so many percent of the last 200 are not done, from the fiftieth on; `null` for never. */
  readonly mostPercent!: number | null
  /** The number and the sum of its refunds in each state. */
  readonly counts!: Readonly<Record<RefundState, RefundCount>>
  /** All its refunds. */
  readonly total!: RefundCount
  /** How many were done or declined in the last minute. For a younger batch, its rate since it began. */
  readonly rate!: number
  /**
   * Seconds until its workers have nothing left at that rate; `null` if no worker processes it. Refunds in review are not
   * counted.
   */
  readonly left!: number | null

  /** Makes one of its columns' words; what is left out is `null`. For a merchant's own tests. */
  constructor(told: Told) {
    fill(this, told)
    Object.freeze(this)
  }

  /** Returns all fields as JSON has them. */
  toJSON(): Record<string, unknown> {
    return plain(this)
  }
}
