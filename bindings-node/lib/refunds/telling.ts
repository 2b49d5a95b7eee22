// What is told of refunds: transitions on a channel, and warnings of the process for what somebody has to look at.

import { channel } from 'node:diagnostics_channel'

import { apart, shown, warn } from '../warning.js'
import { counted } from './metrics.js'
import type { PauseText } from './progress.js'
import type { Refund } from './refund.js'
import type { Told } from './told.js'
import type { RefundState, Ruling } from './words.js'

/** A refund that came from a state to another: what the channel `paywelcome:refund` publishes. */
export interface RefundTransition {
  /** `warn` where it waits for a person. */
  readonly level: 'info' | 'warn'
  /** What to log. */
  readonly line: string
  /** The refund's key. */
  readonly key: string
  /** `tid` 거래ID of its payment. */
  readonly tid: string
  /** Its batch, if it has one. */
  readonly batch: string | null
  /** The amount to refund. */
  readonly amount: number
  /** Its state before. */
  readonly from: RefundState
  /** Its state now. */
  readonly state: RefundState
}

/** What has become of a batch: what the channel `paywelcome:batch` publishes. */
export interface BatchNotice {
  /** `warn` if it was paused automatically. */
  readonly level: 'info' | 'warn'
  /** What to log. */
  readonly line: string
  /** The batch's name. */
  readonly batch: string
}

const transitions = channel('paywelcome:refund')
const notices = channel('paywelcome:batch')

/** Tells where a refund has come to, if it was written just now: then its state before was told, too. */
export function moved(refund: Refund, told: Told, ruling?: Ruling): void {
  const from = told['from'] as RefundState | undefined
  if (from === undefined) return
  counted(refund, from)
  const { key, tid, batch, amount, state, review } = refund
  const by = review !== null ? `: ${review.en.why}` : ruling === undefined ? '' : `, ruled ${ruling}`
  const line = `refund ${key} ${from} → ${state}${by}`
  if (transitions.hasSubscribers) {
    const level = review === null ? 'info' : 'warn'
    const transition: RefundTransition = Object.freeze({ level, line, key, tid, batch, amount, from, state })
    apart('a subscriber', 'PAYWELCOME_OBSERVER', () => transitions.publish(transition))
  }
  if (review !== null) warn(line, 'PAYWELCOME_REFUND_REVIEW', review.en.lookFor.join('\n'))
  const paused = told['paused_batch'] as { batch: string; why: PauseText } | null
  if (paused) warn(batched(paused.batch, `was paused automatically: ${paused.why.en}`, 'warn'), 'PAYWELCOME_BATCH_PAUSED')
}

/** Returns what has become of a batch, and gives the line that says it. */
export function batched(batch: string, what: string, level: BatchNotice['level'] = 'info'): string {
  const line = `refunds: batch ${batch} ${what}`
  if (notices.hasSubscribers) {
    const notice: BatchNotice = Object.freeze({ level, line, batch })
    apart('a subscriber', 'PAYWELCOME_OBSERVER', () => notices.publish(notice))
  }
  return line
}

/** Tells an answer that could not be recorded; it holds no secret. */
export function lost(key: string, answer: string, why: unknown): void {
  const line = `refund ${key}: the store did not take its answer, which is lost unless it is kept from here: ${answer}`
  warn(line, 'PAYWELCOME_REFUND_LOST', typeof why === 'string' ? why : shown(why))
}

/** Tells that a run continues after an error. */
export function failed(what: string, pause: number, error: unknown): void {
  warn(`refunds: ${what} failed; another try in ${(pause / 1_000).toFixed(1)} s`, 'PAYWELCOME_REFUNDS_RUN', shown(error))
}
