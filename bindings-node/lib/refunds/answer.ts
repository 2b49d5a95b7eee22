// What came of an attempt, as it is recorded.

import { PaywelcomeError } from '../errors.js'
import { stringify } from '../json.js'
import { CancelReceipt, PartialCancelReceipt } from '../receipts.js'
import { shown } from '../warning.js'

/** What is given in place of an answer while the end is still to come: the wait for it was over first. */
export const PENDING = '{"outcome":"unknown","kind":"pending"}'

/** Whether it is no end: the call continues. */
export function isPending(end: unknown): boolean {
  return end instanceof PaywelcomeError && end.kind === 'pending'
}

/** The end of an attempt as JSON. `took` is milliseconds since the refund was claimed. */
export function answerOf(end: unknown, took: number): string {
  return stringify({ ...words(end), took: Math.max(0, Math.round(took)) })
}

/** Whether a call was refused before it was begun. */
export function isNeverBegun(end: unknown): boolean {
  return end instanceof PaywelcomeError && end.outcome === 'not_sent' && NEVER_BEGUN.includes(end.kind)
}

const NEVER_BEGUN = ['invalid_request', 'configuration', 'closed', 'aborted']

interface Words {
  outcome: string
  kind?: string | null
  [word: string]: unknown
}

/** An end in the words of the store. */
export function words(end: unknown): Words {
  if (end instanceof CancelReceipt || end instanceof PartialCancelReceipt) {
    return {
      outcome: 'done',
      result_code: end.resultCode,
      result_msg: end.resultMsg,
      cancel_tid: end instanceof PartialCancelReceipt ? end.cancelTid : null,
      cancelled_at: end.cancelledAt && inKorea(end.cancelledAt),
      raw: stringify(end.raw),
    }
  }
  if (end instanceof PaywelcomeError) {
    return {
      outcome: end.outcome,
      kind: end.kind,
      message: end.message,
      result_code: end.resultCode,
      result_msg: end.resultMsg,
      http_status: end.httpStatus,
      timestamp: end.timestamp,
      raw: end.raw && stringify(end.raw),
      body_excerpt: end.bodyExcerpt,
    }
  }
  // Nobody knows what has become of the request.
  return { outcome: 'unknown', kind: 'internal', message: shown(end) }
}

const HOURS_AHEAD = 9

/** An instant in KST, in ISO 8601. */
function inKorea(at: Date): string {
  const shifted = new Date(at.getTime() + HOURS_AHEAD * 3_600_000)
  return `${shifted.toISOString().slice(0, 19)}+09:00`
}
