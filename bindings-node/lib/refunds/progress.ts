// How far a batch has come.

import type { RefundCount } from './count.js'
import type { PauseReason } from './health.js'
import { fill, plain, type Told } from './told.js'
import type { RefundState } from './words.js'

/** Why a batch has paused by itself and what to do, in English and in Korean. */
export interface PauseText {
  /** In English. */
  readonly en: string
  /** In Korean (한국어). */
  readonly ko: string
}

/** How far a batch has come, as it stood in the store when it was read. It is frozen. */
export class Progress {
  /** Its name. */
  readonly batch!: string
  /** `running`, or `paused`: nothing of it is sent. */
  readonly state!: 'running' | 'paused'
  /** Who has paused it; `'paywelcome'` where it has paused by itself. */
  readonly pausedBy!: string | null
  /** What was noted with that. */
  readonly pauseNote!: string | null
  /** `person`, or which limit of its error budget was reached: `in_a_row` or `share`. */
  readonly pauseReason!: PauseReason | null
  /** Since when it is paused, by the database's clock. */
  readonly pausedAt!: Date | null
  /** Why it has paused by itself, and what to do. */
  readonly why!: PauseText | null
  /** Who let it continue last. */
  readonly resumedBy!: string | null
  /** When that was. */
  readonly resumedAt!: Date | null
  /** How many of its refunds are begun in a second at most, by all workers together; `null` for no limit. */
  readonly pace!: number | null
  /** It pauses by itself after so many in a row that are not done; `null` for never. */
  readonly mostInARow!: number | null
  /** It pauses by itself where so many of a hundred of the last 200 are not done; `null` for never. Of fewer than 50 it does not. */
  readonly mostPercent!: number | null
  /** How many of its refunds are in each state, and how much they are. */
  readonly counts!: Readonly<Record<RefundState, RefundCount>>
  /** All its refunds. */
  readonly total!: RefundCount
  /** How many were done or declined in the last minute; of a batch that began later, at its rate since then. */
  readonly rate!: number
  /**
   * In how many seconds its workers will have nothing left to do at that rate; `null` where none work on it. What is in review
   * waits for a person, and is not counted.
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
