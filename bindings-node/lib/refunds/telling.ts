// What is told of refunds that somebody has to look at: warnings of the process.

import { shown, warn } from '../warning.js'
import type { Refund } from './refund.js'

/** Tells that a refund waits for a person, where it has come to that. */
export function moved({ key, tid, review }: Refund): void {
  if (review === null) return
  warn(`refund ${key} of ${tid} waits for a person: ${review.en.why}`, 'PAYWELCOME_REFUND_REVIEW', review.en.lookFor.join('\n'))
}

/** Tells an answer that could not be written down; it holds no secret. */
export function lost(key: string, answer: string, why: unknown): void {
  const line = `refund ${key}: the store did not take its answer, which is lost unless it is kept from here: ${answer}`
  warn(line, 'PAYWELCOME_REFUND_LOST', typeof why === 'string' ? why : shown(why))
}

/** Tells that a run goes on after an error. */
export function failed(what: string, pause: number, error: unknown): void {
  warn(`refunds: ${what} failed; another try in ${pause} ms`, 'PAYWELCOME_REFUNDS_RUN', shown(error))
}
